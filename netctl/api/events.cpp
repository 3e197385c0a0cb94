#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/request.h"
#include "netctl/api/timestamp.h"

#include <boost/json.hpp>

/// The noun `events`.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

/// Many readers of JSON hold numbers as doubles, which are exact up to here.
constexpr std::int64_t kGreatestExactNumber = (std::int64_t{1} << 53) - 1;

struct EventsRequest {
  std::uint64_t since = 0;
  std::size_t limit = kNoLimit;
};

EventsRequest readEvents(const Fields& fields) {
  return {static_cast<std::uint64_t>(fields.number("since").value_or(0)), readLimit(fields)};
}

json::object showEvents(const View& view, const EventsRequest& request) {
  json::array array;
  for (const auto& event : view.events.since(request.since, request.limit)) {
    array.push_back(json::object{{"sequence", event.sequence},
                                 {"time", formatTime(event.time)},
                                 {"kind", controller::format(event.kind)},
                                 {"object", event.object},
                                 {"message", event.message},
                                 {"count", event.count},
                                 {"first", formatTime(event.first)}});
  }
  return {{"events", std::move(array)}, {"last", view.events.last()}};
}

}  // namespace

std::vector<Method> eventMethods() {
  return {{.name = "events.list",
           .help = "The newest events: changes, drift found and repaired, errors, notices.",
           .parameters = {{"since", Number, false, "only those after this sequence number", "17", 0,
                           kGreatestExactNumber},
                          kLimit},
           .plural = "events",
           .result = "events: sequence, time, kind (`change` `drift` `error` `notice`), object, "
                     "message, count, first; last: the newest sequence number. What happens "
                     "again within a minute is one event with its count and the time of the "
                     "first; it then has a new sequence number and time",
           .example = R"({"since": 0, "limit": 2})",
           .action = query(readEvents, showEvents)}};
}

}  // namespace netctl::api
