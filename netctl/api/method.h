#pragma once

#include "base/result.h"
#include "netctl/api/parameter.h"

#include <boost/json/fwd.hpp>

#include <functional>
#include <string_view>
#include <vector>

/// What netctl offers to callers, as a table. JSON-RPC checks requests against it, `system.methods`
/// shows it, the command line makes its options of it, and docs/rpc.md is written from it.
namespace netctl::api {

class Fields;
struct Request;

/// What a method does beside its answer.
enum class Effect {
  Reads,    ///< nothing, and it shows no secret: readers may call it
  Manages,  ///< it works on the daemon, or shows secrets
  Changes,  ///< it changes the cloud or the host, and takes `dry_run`
};

/// What a method does with its parameters: reads them and shows what came of them. Only command(),
/// query() and operation() of request.h make one, each from a reader and a view, so that a method
/// without them does not compile.
class Action {
 public:
  using Read = std::function<Request(const Fields&)>;

  Action(Read read, Effect effect) : read_(std::move(read)), effect_(effect) {}

  [[nodiscard]] const Read& read() const { return read_; }
  [[nodiscard]] Effect effect() const { return effect_; }

 private:
  Read read_;
  Effect effect_;
};

/// One row of the table: for people, and what is done.
struct Method {
  std::string_view name;  ///< `noun.verb`
  std::string_view help;  ///< one line
  std::vector<Parameter> parameters = {};
  /// The parameter that a command line takes without its name; empty: none.
  std::string_view positional = {};
  /// Of a describe: the member of the result that holds the list.
  std::string_view plural = {};
  std::string_view result;   ///< what the result holds
  std::string_view example;  ///< parameters of a worked example, as a JSON object
  Action action;             // no default: a row without it does not compile

  [[nodiscard]] std::string_view noun() const { return name.substr(0, name.find('.')); }
  [[nodiscard]] std::string_view verb() const { return name.substr(name.find('.') + 1); }
  /// A change has `dry_run` among its parameters.
  [[nodiscard]] bool isChange() const { return action.effect() == Effect::Changes; }
  [[nodiscard]] bool onlyReads() const { return action.effect() == Effect::Reads; }
  /// Null where there is none.
  [[nodiscard]] const Parameter* parameter(std::string_view parameter_name) const;
};

/// All methods, nouns together, in the order of the documentation.
const std::vector<Method>& methods();
/// Null where there is none.
const Method* findMethod(std::string_view name);

/// InvalidArgument with every fault of the parameters that can be found without the cloud; a
/// fault's `where` is the parameter's path (`permissions[1].from_port`).
Result<Request> readRequest(const Method& method, const boost::json::value& parameters);

}  // namespace netctl::api
