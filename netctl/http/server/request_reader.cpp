#include "netctl/http/server/request_reader.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <utility>

namespace netctl::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::uint32_t kMaxHeader = 16U * 1024U;

}  // namespace

struct RequestReader::Impl {
  std::size_t max_body;
  std::string unread;
  std::optional<beast_http::request_parser<beast_http::string_body>> parser;
  bool has_head = false;  ///< and it was told
  Request request;
  Fault fault;

  explicit Impl(std::size_t limit) : max_body(limit) { begin(); }

  void begin() {
    parser.emplace();
    parser->header_limit(kMaxHeader);
    parser->body_limit(max_body);
    has_head = false;
  }

  /// Gives the parser the bytes. The fault is `need_more` while the request is not complete.
  boost::system::error_code parse() {
    boost::system::error_code fault;
    if (unread.empty()) return beast_http::error::need_more;
    const auto used = parser->put(boost::asio::buffer(unread), fault);
    unread.erase(0, used);
    // Memory of the connections that only wait is given back.
    if (unread.empty()) unread.shrink_to_fit();
    return fault;
  }

  Step fail(const boost::system::error_code& error) {
    if (error == beast_http::error::body_limit) {
      fault = {413, fmt::format("the body has more than {} bytes\n", max_body)};
    } else if (error == beast_http::error::header_limit) {
      fault = {431, fmt::format("the header has more than {} bytes\n", kMaxHeader)};
    } else {
      fault = {400, fmt::format("this is not HTTP/1.1: {}\n", error.message())};
    }
    return Step::Failed;
  }

  void readHead() {
    const auto& message = parser->get();
    request = {.method = std::string(message.method_string()),
               .target = std::string(message.target())};
    for (const auto& field : message.base())
      request.fields.emplace_back(field.name_string(), field.value());
    has_head = true;
    parser->eager(true);
  }
};

RequestReader::RequestReader(std::size_t max_body) : impl_(std::make_unique<Impl>(max_body)) {}
RequestReader::~RequestReader() = default;

void RequestReader::add(std::string_view bytes) {
  impl_->unread += bytes;
}

RequestReader::Step RequestReader::next() {
  auto& parser = *impl_->parser;
  while (!(impl_->has_head ? parser.is_done() : parser.is_header_done())) {
    const auto fault = impl_->parse();
    if (fault == beast_http::error::need_more) return Step::NeedsMore;
    if (fault) return impl_->fail(fault);
  }
  if (impl_->has_head) return Step::Complete;
  impl_->readHead();
  return Step::Head;
}

const Request& RequestReader::head() const {
  return impl_->request;
}

unsigned RequestReader::version() const {
  return impl_->parser->get().version();
}

bool RequestReader::keepsAlive() const {
  return impl_->parser->get().keep_alive();
}

bool RequestReader::waitsToSend() const {
  return !impl_->parser->is_done() &&
         boost::beast::iequals(impl_->parser->get()[beast_http::field::expect], "100-continue");
}

Request RequestReader::take() {
  auto request = std::move(impl_->request);
  request.body = std::move(impl_->parser->get().body());
  impl_->begin();
  return request;
}

const RequestReader::Fault& RequestReader::fault() const {
  return impl_->fault;
}

bool RequestReader::hasHead() const {
  return impl_->has_head;
}

bool RequestReader::hasUnread() const {
  return !impl_->unread.empty();
}

}  // namespace netctl::http
