#include "netctl/rpc/server/rpc_server.h"

#include "tests/unit/rpc/client.h"
#include "tests/unit/rpc/running_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <map>
#include <thread>

namespace netctl::rpc {
namespace {

namespace json = boost::json;
using testing::Client;
using ::testing::HasSubstr;
using testing::RunningServer;

std::string authorizeText(int port, int id = 1) {
  return Client::callText(
      "group.authorize",
      fmt::format(
          R"({{"owner": "alice", "group": "web", "permissions": [)"
          R"({{"protocol": "tcp", "from_port": {0}, "to_port": {0}, "cidrs": ["0.0.0.0/0"]}}]}})",
          port),
      id);
}

constexpr std::string_view kDescribeWeb = R"({"owner": "alice", "group": "web"})";

/// The value of a counter in GET /metrics.
double metric(Client& client, const std::string& name) {
  const auto text = client.request("GET", "/metrics").body;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(Server, AnswersManyRequestsOfOneConnection) {
  RunningServer server;
  Client client(server.path());
  EXPECT_EQ(client.call("account.create", R"({"name": "alice"})").at("result").at("changed"), true);
  EXPECT_EQ(client.call("account.create", R"({"name": "alice"})").at("result").at("changed"),
            false);
  EXPECT_EQ(client.call("account.create", R"({"name": "a b"})").at("error").at("code"), -32602);
  EXPECT_EQ(client.call("account.creat", "{}").at("error").at("code"), -32601);
  EXPECT_EQ(client.post("noise").status, 400);
  EXPECT_EQ(client.post(R"({"jsonrpc": "2.0", "method": "system.status"})").status, 204);
  EXPECT_EQ(client.call("system.status", "{}").at("result").at("in_force"), true);
}

TEST(Server, AnswersRequestsThatCameAtOnceInTheirOrder) {
  RunningServer server;
  Client client(server.path());
  const auto body = Client::callText("system.status", "{}", 7);
  const auto request = fmt::format("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                                   body.size(), body);
  client.send(request + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + request);
  EXPECT_EQ(json::parse(client.receive().body).at("id"), 7);
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(json::parse(client.receive().body).at("id"), 7);
}

TEST(Server, HasItsThreePlacesAndNoOther) {
  RunningServer server;
  Client client(server.path());
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  server.controller().setProblems(
      "test", {{"interface eth1", "is not there", "", "", controller::Severity::error}});
  const auto unhealthy = client.request("GET", "/healthz");
  EXPECT_EQ(unhealthy.status, 503);
  EXPECT_EQ(unhealthy.body, "problem: interface eth1: is not there\n");
  server.controller().setProblems("test", {});
  EXPECT_EQ(client.request("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(client.request("GET", "/metrics?a=b").status, 200);
  EXPECT_EQ(client.request("GET", "/elsewhere").status, 404);
  EXPECT_EQ(client.request("POST", "/../rpc", "{}").status, 404);
  EXPECT_EQ(client.request("POST", "/rpc/", "{}").status, 404);
  const auto wrong = client.request("GET", "/rpc");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.header, HasSubstr("Allow: POST\r\n"));
  EXPECT_EQ(client.request("DELETE", "/metrics").status, 405);
}

TEST(Server, ShowsTheFiguresOfControllerConnectionsAndProcess) {
  RunningServer server;
  Client client(server.path());
  EXPECT_EQ(metric(client, "netctl_rpc_connections"), 1);
  EXPECT_GE(metric(client, "netctl_rpc_requests_total{code=\"200\"}"), 1);
  client.request("GET", "/elsewhere");
  EXPECT_EQ(metric(client, "netctl_rpc_requests_total{code=\"404\"}"), 1);
  client.request("POST", "/rpc", R"({"jsonrpc": "2.0", "id": 1, "method": "no.such"})");
  EXPECT_EQ(metric(client, "netctl_rpc_calls_total{code=\"-32601\"}"), 1);
  EXPECT_GT(metric(client, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(metric(client, "process_open_fds"), 3);
  EXPECT_GT(metric(client, "process_start_time_seconds"), 1e9);
  EXPECT_THAT(client.request("GET", "/metrics").header, HasSubstr("version=0.0.4"));
}

TEST(Server, AnswersABatchInItsOrderAndEachByItself) {
  RunningServer server;
  Client client(server.path());
  const auto answer = client.post(
      "[" + Client::callText("account.create", R"({"name": "alice"})", 1) + "," +
      Client::callText("group.describe", R"({"owner": "alice"})", 2) + "," +
      Client::callText("group.create", R"({"owner": "alice", "name": "web", "description": ""})",
                       3) +
      "," + Client::callText("group.delete", R"({"owner": "nobody", "group": "web"})", 4) + "," +
      authorizeText(22, 5) + "," + Client::callText("group.describe", kDescribeWeb, 6) + "," +
      Client::callText("group.delete", kDescribeWeb, 7) + "," +
      Client::callText("group.describe", kDescribeWeb, 8) + "]");
  const auto answers = json::parse(answer.body).as_array();
  ASSERT_EQ(answers.size(), 8U);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].at("id"), i + 1);
  EXPECT_EQ(answers[1].at("result").at("groups").as_array().size(), 1U);
  EXPECT_EQ(answers[3].at("error").at("code"), -32000);
  EXPECT_EQ(answers[5].at("result").at("groups").at(0).at("permissions").as_array().size(), 2U)
      << "the other one is of egress";
  EXPECT_EQ(answers[7].at("error").at("data").at("reason"), "InvalidGroup.NotFound");
}

TEST(Server, HandsTheChangesOfABatchToTheControllerTogether) {
  RunningServer server;
  server.prepare();
  Client client(server.path());
  const auto before = metric(client, "netctl_controller_batches_total");
  std::string batch = "[" + authorizeText(1000);
  for (int port = 1001; port < 1200; ++port) batch += "," + authorizeText(port);
  EXPECT_EQ(json::parse(client.post(batch + "]").body).as_array().size(), 200U);
  const auto batches = metric(client, "netctl_controller_batches_total") - before;
  EXPECT_GE(before, 0);
  EXPECT_GE(batches, 1);
  EXPECT_LE(batches, 20);
}

TEST(Server, AnswersEachOf300ClientsAtTheSameTime) {
  RunningServer server;
  server.prepare();
  constexpr int kClients = 300;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server.path()));
    const auto body = authorizeText(1000 + i);
    clients.back()->send(fmt::format(
        "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  }
  for (auto& client : clients) {
    const auto answer = client->receive();
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body).at("result").at("changed"), true);
  }
  const auto group =
      clients.front()->call("group.describe", kDescribeWeb).at("result").at("groups").at(0);
  EXPECT_EQ(group.at("permissions").as_array().size(), 301U) << "one is of egress";
}

TEST(Server, KeepsNobodyOutByConnectionsThatOnlyWait) {
  RunningServer server({.limits = {.connections = {.of_all = 4}}});
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<Client>(server.path()));
  Client client(server.path());
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  EXPECT_TRUE(silent.front()->ended());
  EXPECT_EQ(metric(client, "netctl_rpc_connections"), 4);
  EXPECT_EQ(metric(client, "netctl_rpc_connections_refused_total"), 17);
}

TEST(Server, TellsClientsForWhomNobodyMakesRoomToComeBack) {
  RunningServer server({.limits = {.connections = {.of_all = 0, .refused = 1}}});
  Client told(server.path());
  Client refused(server.path());
  EXPECT_TRUE(refused.ended());
  EXPECT_EQ(told.request("GET", "/healthz").status, 503);
  EXPECT_TRUE(told.ended());
}

TEST(Server, TakesABodyUpToTheLimitAndRefusesMore) {
  RunningServer server;
  std::string body = Client::callText("system.status", R"({"padding": ")");
  body.resize(body.size() - 1);
  const std::string tail = R"("}})";
  body += std::string((1U << 20U) - body.size() - tail.size(), 'x') + tail;
  ASSERT_EQ(body.size(), 1U << 20U);
  Client client(server.path());
  const auto answer = client.post(body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body).at("error").at("code"), -32602);
  EXPECT_LT(answer.body.size(), 1000U);
  EXPECT_EQ(client.post(body + " ").status, 413);
  EXPECT_EQ(Client(server.path()).post(std::string(8U << 20U, ' ')).status, 413);
}

TEST(Server, RefusesAnEndlessBodyInPieces) {
  RunningServer server;
  Client client(server.path());
  client.send("POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 20; ++i) client.send(piece);
  EXPECT_EQ(client.receive().status, 413);
}

TEST(Server, RefusesAnEndlessHeader) {
  RunningServer server;
  Client client(server.path());
  client.send("POST /rpc HTTP/1.1\r\nX: " + std::string(100000, 'x'));
  EXPECT_EQ(client.receive().status, 431);
}

TEST(Server, RefusesWhatIsNotHttp) {
  RunningServer server;
  for (const char* bytes : {"\x16\x03\x01\x02\x01", "PRI * HTTP/2.0\r\n\r\n", "GET\r\n\r\n",
                            "\r\n\r\n\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    Client client(server.path());
    client.send(std::string(bytes) + "\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400) << bytes;
  }
}

TEST(Server, RefusesDeepNesting) {
  RunningServer server;
  Client client(server.path());
  EXPECT_EQ(client.post(std::string(1U << 20U, '[')).status, 400);
  EXPECT_EQ(client.post(std::string(33, '[') + std::string(33, ']')).status, 400);
}

TEST(Server, LetsAClientAskBeforeItSendsALargeBody) {
  RunningServer server;
  const auto body = Client::callText("system.status", "{}");
  Client client(server.path());
  client.send(fmt::format(
      "POST /rpc HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
      body.size()));
  EXPECT_EQ(client.receive().status, 100);
  client.send(body);
  EXPECT_EQ(client.receive().status, 200);
  Client large(server.path());
  large.send(
      "POST /rpc HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_EQ(large.receive().status, 413);
}

TEST(Server, EndsTheConnectionOfASlowClient) {
  RunningServer server({.limits = {.request_timeout = std::chrono::milliseconds(300)}});
  Client header(server.path());
  header.send("POST /rpc HT");
  Client body(server.path());
  body.send("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  Client quick(server.path());
  EXPECT_EQ(quick.request("GET", "/healthz").status, 200);
  EXPECT_EQ(header.receive().status, 408);
  EXPECT_EQ(body.receive().status, 408);
  EXPECT_TRUE(header.ended());
  EXPECT_TRUE(body.ended());
  EXPECT_EQ(quick.request("GET", "/healthz").status, 200);
}

TEST(Server, EndsAnIdleConnection) {
  RunningServer server({.limits = {.first_timeout = std::chrono::milliseconds(300),
                                   .idle_timeout = std::chrono::milliseconds(300)}});
  Client silent(server.path());
  Client used(server.path());
  EXPECT_EQ(used.request("GET", "/healthz").status, 200);
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(used.ended());
}

TEST(Server, EndsAConnectionWhereTheClientWantsThat) {
  RunningServer server;
  Client client(server.path());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.ended());
  Client old(server.path());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.ended());
}

TEST(Server, EndsItsConnectionsWhenItStops) {
  RunningServer server;
  Client client(server.path());
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
  server.stop();
  EXPECT_TRUE(client.ended());
  EXPECT_THROW(Client{server.path()}, std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(server.path()));
}

/// What the server answers a process of that user and group with; 0: nothing.
int statusFor(const std::string& path, uid_t user, gid_t group, const std::vector<gid_t>& groups) {
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(groups.size(), groups.data()) != 0 || setgid(group) != 0 || setuid(user) != 0)
      _exit(0);
    Client client(path);
    _exit(client.request("GET", "/healthz").status / 100 * 10 + 3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) / 10 * 100 : 0;
}

TEST(Server, LetsOnlyRootAndItsGroupCall) {
  ASSERT_EQ(geteuid(), 0U) << "this test takes other users' places, so it needs root";
  constexpr uid_t kNobody = 65534;
  RunningServer server({.group = "daemon"});
  const gid_t daemon = getgrnam("daemon")->gr_gid;
  // The file's mode keeps others out already; here it does not, so that the credentials decide.
  std::filesystem::permissions(std::filesystem::path(server.path()).parent_path(),
                               std::filesystem::perms::all);
  std::filesystem::permissions(server.path(), std::filesystem::perms::all);
  EXPECT_EQ(statusFor(server.path(), 0, 0, {}), 200);
  EXPECT_EQ(statusFor(server.path(), kNobody, daemon, {}), 200);
  EXPECT_EQ(statusFor(server.path(), kNobody, kNobody, {kNobody, daemon}), 200);
  EXPECT_EQ(statusFor(server.path(), kNobody, kNobody, {}), 400);
}

}  // namespace
}  // namespace netctl::rpc
