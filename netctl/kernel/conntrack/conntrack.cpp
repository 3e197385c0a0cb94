#include "netctl/kernel/conntrack/conntrack.h"

#include "base/file.h"
#include "modes/host/names.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace netctl::kernel {
namespace {

using host::Flow;
using host::FlowEntry;
using host::FlowTuple;

// The kernel fills it part by part as we read; more room means fewer turns.
constexpr int kReceiveBuffer = 4 << 20;

/// The attributes of a message or of a nest, by type.
template <std::size_t Size>
struct Attributes {
  std::array<const nlattr*, Size> of{};

  static int take(const nlattr* attribute, void* into) {
    const auto type = mnl_attr_get_type(attribute);
    if (type < Size) static_cast<Attributes*>(into)->of[type] = attribute;
    return MNL_CB_OK;
  }
  [[nodiscard]] bool has(std::size_t type, std::size_t size) const {
    return of[type] != nullptr && mnl_attr_get_payload_len(of[type]) >= size;
  }
  [[nodiscard]] std::uint8_t u8(std::size_t type) const {
    return has(type, 1) ? mnl_attr_get_u8(of[type]) : std::uint8_t{0};
  }
  [[nodiscard]] std::uint16_t u16(std::size_t type) const {
    return has(type, 2) ? ntohs(mnl_attr_get_u16(of[type])) : std::uint16_t{0};
  }
  [[nodiscard]] std::uint32_t u32(std::size_t type) const {
    return has(type, 4) ? ntohl(mnl_attr_get_u32(of[type])) : 0;
  }
};

template <std::size_t Size>
Attributes<Size> nested(const nlattr* nest) {
  Attributes<Size> attributes;
  mnl_attr_parse_nested(nest, &Attributes<Size>::take, &attributes);
  return attributes;
}

std::optional<FlowTuple> parseTuple(const nlattr* nest) {
  const auto tuple = nested<CTA_TUPLE_MAX + 1>(nest);
  if (tuple.of[CTA_TUPLE_IP] == nullptr || tuple.of[CTA_TUPLE_PROTO] == nullptr ||
      tuple.of[CTA_TUPLE_ZONE] != nullptr) {
    return {};
  }
  const auto addresses = nested<CTA_IP_MAX + 1>(tuple.of[CTA_TUPLE_IP]);
  const auto protocol = nested<CTA_PROTO_MAX + 1>(tuple.of[CTA_TUPLE_PROTO]);
  if (!addresses.has(CTA_IP_V4_SRC, 4) || !addresses.has(CTA_IP_V4_DST, 4)) return {};
  return FlowTuple{{addresses.u32(CTA_IP_V4_SRC)},   {addresses.u32(CTA_IP_V4_DST)},
                   protocol.u8(CTA_PROTO_NUM),       protocol.u16(CTA_PROTO_SRC_PORT),
                   protocol.u16(CTA_PROTO_DST_PORT), protocol.u8(CTA_PROTO_ICMP_TYPE),
                   protocol.u8(CTA_PROTO_ICMP_CODE), protocol.u16(CTA_PROTO_ICMP_ID)};
}

/// Labels as ctnetlink has them: 128 bits in words of this machine, the lowest first
/// (NF_CT_LABELS_MAX_SIZE in net/netfilter/nf_conntrack_labels.h). Ours are in the first word.
using Labels = std::array<std::uint64_t, 2>;

constexpr std::uint64_t bitOf(std::uint16_t label) {
  return std::uint64_t{1} << label;
}

constexpr std::uint64_t kOurLabels =
    bitOf(host::kAdmittedLabel) | bitOf(host::kKeptLabel) | bitOf(host::kCutLabel);
constexpr std::uint32_t kOurMarks = host::kCutMark | host::kKeptMark;

bool has(const Labels& labels, std::uint16_t label) {
  return (labels.front() & bitOf(label)) != 0;
}

Labels labelsOf(const nlattr* attribute) {
  Labels labels{};
  if (attribute == nullptr) return labels;
  std::memcpy(labels.data(), mnl_attr_get_payload(attribute),
              std::min<std::size_t>(mnl_attr_get_payload_len(attribute), sizeof labels));
  return labels;
}

std::optional<FlowEntry> parseEntry(const nlmsghdr& message) {
  Attributes<CTA_MAX + 1> entry;
  mnl_attr_parse(&message, sizeof(nfgenmsg), &Attributes<CTA_MAX + 1>::take, &entry);
  if (entry.of[CTA_TUPLE_ORIG] == nullptr || entry.of[CTA_TUPLE_REPLY] == nullptr ||
      entry.of[CTA_ZONE] != nullptr) {
    return {};
  }
  const auto original = parseTuple(entry.of[CTA_TUPLE_ORIG]);
  const auto reply = parseTuple(entry.of[CTA_TUPLE_REPLY]);
  if (!original || !reply) return {};
  Flow flow{*original, *reply};
  const auto labels = labelsOf(entry.of[CTA_LABELS]);
  const auto mark = entry.u32(CTA_MARK);
  // The kernel shows labels where one is set.
  flow.labelled = entry.of[CTA_LABELS] != nullptr;
  flow.marked = (mark & host::kCutMark) != 0;
  flow.cut = flow.marked || has(labels, host::kCutLabel);
  flow.kept = (mark & host::kKeptMark) != 0 || has(labels, host::kKeptLabel);
  flow.admitted = has(labels, host::kAdmittedLabel);
  flow.turned = has(labels, host::kTurnedLabel);
  return FlowEntry{flow, (entry.u32(CTA_STATUS) & IPS_ASSURED) != 0, entry.u32(CTA_TIMEOUT)};
}

nlmsghdr* begin(MnlBatch& batch, int type, std::uint16_t flags) {
  auto* message = batch.begin(static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type), flags);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = AF_INET;
  header->version = NFNETLINK_V0;
  return message;
}

void putTuple(nlmsghdr* message, const FlowTuple& tuple, std::uint16_t type = CTA_TUPLE_ORIG) {
  auto* nest = mnl_attr_nest_start(message, type);
  auto* addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
  mnl_attr_put_u32(message, CTA_IP_V4_SRC, htonl(tuple.source.value));
  mnl_attr_put_u32(message, CTA_IP_V4_DST, htonl(tuple.destination.value));
  mnl_attr_nest_end(message, addresses);
  auto* protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(message, CTA_PROTO_NUM, tuple.protocol);
  if (tuple.protocol == IPPROTO_ICMP) {
    mnl_attr_put_u16(message, CTA_PROTO_ICMP_ID, htons(tuple.icmp_id));
    mnl_attr_put_u8(message, CTA_PROTO_ICMP_TYPE, tuple.icmp_type);
    mnl_attr_put_u8(message, CTA_PROTO_ICMP_CODE, tuple.icmp_code);
  } else {
    // Protocols without ports pass over them.
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(tuple.source_port));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(tuple.destination_port));
  }
  mnl_attr_nest_end(message, protocol);
  mnl_attr_nest_end(message, nest);
}

void putLabels(nlmsghdr* message, std::uint64_t labels, std::uint64_t mask) {
  const Labels words{labels};
  const Labels masks{mask};
  mnl_attr_put(message, CTA_LABELS, sizeof words, words.data());
  mnl_attr_put(message, CTA_LABELS_MASK, sizeof masks, masks.data());
}

void putClosed(nlmsghdr* message) {
  auto* nest = mnl_attr_nest_start(message, CTA_PROTOINFO);
  auto* tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
  mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_CLOSE);
  mnl_attr_nest_end(message, tcp);
  mnl_attr_nest_end(message, nest);
}

// What the kernel gives an entry in state CLOSE with its next packet (nf_conntrack_proto_tcp.c). An
// entry that sees none keeps the time that it had: five days where it was established.
constexpr std::uint32_t kClosedLifetime = 10;  // seconds

/// Our own entry: of a protocol that nobody uses (RFC 3692), from and to loopback addresses.
const Flow& ownEntry() {
  constexpr net::Ipv4Address kOne{0x7f6e6300U};  // 127.110.99.0: "nc"
  constexpr net::Ipv4Address kOther{0x7f6e6301U};
  constexpr std::uint8_t kExperiment = 253;
  static const Flow kFlow{{.source = kOne, .destination = kOther, .protocol = kExperiment},
                          {.source = kOther, .destination = kOne, .protocol = kExperiment}};
  return kFlow;
}
constexpr std::uint32_t kOwnLifetime = 86400;  // seconds

/// 0 where this kernel has no such file.
Result<std::uint64_t> numberOf(const std::string& sysctl) {
  const auto path = "/proc/sys/net/netfilter/" + sysctl;
  const auto text = files::read(path);
  if (!text) return text.error();
  if (!*text) return std::uint64_t{0};
  std::uint64_t number = 0;
  const auto read = std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), number);
  if (read.ec == std::errc{}) return number;
  return Error{ErrorCode::Kernel, "",
               fmt::format("{} is '{}', which is not a number", path, **text)};
}

std::string format(const FlowTuple& tuple) {
  return fmt::format("{}:{} -> {}:{} (protocol {})", net::format(tuple.source), tuple.source_port,
                     net::format(tuple.destination), tuple.destination_port, tuple.protocol);
}

}  // namespace

Result<Conntrack> Conntrack::open() {
  auto socket = MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  // Best effort: the limit of rmem_max may be in the way, and the default works too.
  setsockopt(socket->descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
             sizeof kReceiveBuffer);
  return Conntrack(std::move(*socket));
}

Result<void> Conntrack::walk(const std::function<void()>& begins,
                             const std::function<void(const FlowEntry&)>& take) {
  for (int attempt = 1;; ++attempt) {
    MnlBatch batch;
    begin(batch, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
    batch.end();
    begins();
    const auto refusal = socket_.dump(batch, [&](const nlmsghdr& message) -> Result<void> {
      if (const auto entry = parseEntry(message)) take(*entry);
      return {};
    });
    if (!refusal) return refusal.error();
    if (!*refusal) return {};
    if ((*refusal)->number == EINTR && attempt < kDumpTries) continue;
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot read the conntrack entries: {}", describe(**refusal))};
  }
}

Result<std::vector<Flow>> Conntrack::flows(const std::function<bool(const Flow&)>& wanted) {
  std::vector<Flow> found;
  const auto walked = walk([&] { found.clear(); },
                           [&](const FlowEntry& entry) {
                             if (wanted(entry.flow)) found.push_back(entry.flow);
                           });
  if (!walked) return walked.error();
  return found;
}

Result<std::vector<FlowEntry>> Conntrack::entries(
    const std::function<bool(const FlowEntry&)>& wanted) {
  std::vector<FlowEntry> found;
  const auto walked = walk([&] { found.clear(); },
                           [&](const FlowEntry& entry) {
                             if (wanted(entry)) found.push_back(entry);
                           });
  if (!walked) return walked.error();
  return found;
}

Result<host::FlowTable> Conntrack::table() {
  const auto used = numberOf("nf_conntrack_count");
  if (!used) return used.error();
  const auto limit = numberOf("nf_conntrack_max");
  if (!limit) return limit.error();
  return host::FlowTable{*used, *limit};
}

Result<int> Conntrack::touchOwn(std::uint16_t flags) {
  MnlBatch batch;
  auto* message = begin(batch, IPCTNL_MSG_CT_NEW, flags);
  putTuple(message, ownEntry().original);
  putTuple(message, ownEntry().reply, CTA_TUPLE_REPLY);
  mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(kOwnLifetime));
  // Where the table is full the kernel takes entries that nobody has answered.
  constexpr std::uint32_t kAnswered = IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED;
  if ((flags & NLM_F_CREATE) != 0) mnl_attr_put_u32(message, CTA_STATUS, htonl(kAnswered));
  batch.end();
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  return refusals->empty() ? 0 : refusals->front().number;
}

Result<bool> Conntrack::wasFlushed() {
  // To ask is to give it another day.
  auto number = touchOwn(0);
  if (!number) return number.error();
  const bool is_gone = *number == ENOENT;
  if (is_gone) {
    number = touchOwn(NLM_F_CREATE | NLM_F_EXCL);
    if (!number) return number.error();
  }
  if (*number != 0) {
    return Error{
        ErrorCode::Kernel, "",
        fmt::format("cannot have a conntrack entry of netctl's own: {}", std::strerror(*number))};
  }
  return std::exchange(has_own_, true) && is_gone;
}

Result<void> Conntrack::forgetOwn() {
  has_own_ = false;
  return forget({ownEntry()});
}

/// What is written to an entry: of both words the bits under the mask.
struct Conntrack::Words {
  const char* what;  ///< the verb
  std::uint64_t labels = 0;
  std::uint64_t label_mask = 0;
  std::uint32_t mark = 0;
  std::uint32_t mark_mask = 0;
  bool closes_tcp = false;
};

Result<void> Conntrack::cut(const std::vector<Flow>& flows) {
  return write(flows, {.what = "cut",
                       .labels = bitOf(host::kCutLabel),
                       .label_mask = kOurLabels,
                       .mark = host::kCutMark,
                       .mark_mask = kOurMarks,
                       .closes_tcp = true});
}

Result<void> Conntrack::keep(const std::vector<Flow>& flows) {
  return write(flows, {.what = "keep",
                       .labels = bitOf(host::kKeptLabel),
                       .label_mask = bitOf(host::kKeptLabel),
                       .mark = host::kKeptMark,
                       .mark_mask = host::kKeptMark});
}

Result<void> Conntrack::admit(const std::vector<Flow>& flows) {
  return write(flows, {.what = "admit",
                       .labels = bitOf(host::kAdmittedLabel),
                       .label_mask = kOurLabels,
                       .mark_mask = kOurMarks});
}

Result<void> Conntrack::forget(const std::vector<Flow>& flows) {
  MnlBatch batch;
  for (const auto& flow : flows) {
    putTuple(begin(batch, IPCTNL_MSG_CT_DELETE, 0), flow.original);
    batch.end();
  }
  return send(batch, flows, "forget", {ENOENT});
}

Result<void> Conntrack::write(const std::vector<Flow>& flows, const Words& words) {
  MnlBatch batch;
  for (const auto& flow : flows) {
    // Without NLM_F_CREATE: an entry that is not there is refused, never made.
    auto* message = begin(batch, IPCTNL_MSG_CT_NEW, 0);
    putTuple(message, flow.original);
    if (words.closes_tcp && flow.original.protocol == IPPROTO_TCP) {
      mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(kClosedLifetime));
      putClosed(message);
    }
    mnl_attr_put_u32(message, CTA_MARK, htonl(words.mark));
    mnl_attr_put_u32(message, CTA_MARK_MASK, htonl(words.mark_mask));
    putLabels(message, words.labels, words.label_mask);
    batch.end();
  }
  // ENOSPC: there is no room for labels. The kernel writes them last, so all else is done
  // (ctnetlink_change_conntrack in nf_conntrack_netlink.c).
  return send(batch, flows, words.what, {ENOENT, ENOSPC});
}

Result<void> Conntrack::send(MnlBatch& batch, const std::vector<Flow>& flows, const char* what,
                             std::initializer_list<int> passed_over) {
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  for (const auto& refusal : *refusals) {
    if (std::ranges::find(passed_over, refusal.number) != passed_over.end()) continue;
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot {} the flow {}: {}", what,
                             format(flows[refusal.message].original), describe(refusal))};
  }
  return {};
}

}  // namespace netctl::kernel
