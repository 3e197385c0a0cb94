#include "netctl/kernel/nft/nft_reader.h"

#include "base/hash.h"
#include "netctl/kernel/netlink/answer_limit.h"
#include "netctl/kernel/netlink/netlink_attributes.h"
#include "netctl/kernel/nft/nft_message.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace netctl::kernel {
namespace {

void putText(nlmsghdr* message, std::uint16_t type, std::string_view text) {
  mnl_attr_put_strz(message, type, std::string(text).c_str());
}

std::string_view bytesIn(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  return {static_cast<const char*>(mnl_attr_get_payload(attribute)),
          mnl_attr_get_payload_len(attribute)};
}

std::string_view valueIn(const nlattr* nest) {
  return nest == nullptr ? "" : bytesIn(NetlinkAttributes::ofNest(nest).get(NFTA_DATA_VALUE));
}

/// The attributes NFTA_COUNTER_... of a nest; nft's numbers are in network order.
host::Traffic countedIn(const nlattr* nest) {
  if (nest == nullptr) return {};
  const auto counter = NetlinkAttributes::ofNest(nest);
  return {be64toh(counter.value<std::uint64_t>(NFTA_COUNTER_PACKETS).value_or(0)),
          be64toh(counter.value<std::uint64_t>(NFTA_COUNTER_BYTES).value_or(0))};
}

/// What the counter of an element has counted; the expression of one is of no other kind in a table
/// of ours.
host::Traffic countedBy(const nlattr* expression) {
  if (expression == nullptr) return {};
  return countedIn(NetlinkAttributes::ofNest(expression).get(NFTA_EXPR_DATA));
}

}  // namespace

void NftReader::Entries::take(const nlmsghdr& message) {
  const auto* bytes = reinterpret_cast<const char*>(&message);
  // A copy: the entries point into it, and the socket's buffer is used for the next message.
  const auto& kept = messages_.emplace_back(bytes, bytes + message.nlmsg_len);
  const auto attributes = NetlinkAttributes::ofMessage(
      *reinterpret_cast<const nlmsghdr*>(kept.data()), sizeof(nfgenmsg));
  const auto* list = attributes.get(NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  const auto take_one = [](const nlattr* nest, void* into) {
    const auto element = NetlinkAttributes::ofNest(nest);
    static_cast<std::vector<Entry>*>(into)->push_back(
        {valueIn(element.get(NFTA_SET_ELEM_KEY)), valueIn(element.get(NFTA_SET_ELEM_DATA)),
         commentIn(element.get(NFTA_SET_ELEM_USERDATA)),
         countedBy(element.get(NFTA_SET_ELEM_EXPR))});
    return MNL_CB_OK;
  };
  mnl_attr_parse_nested(list, take_one, &entries_);
}

Result<NftReader> NftReader::open(std::uint8_t family, std::string_view name,
                                  Result<MnlSocket> socket) {
  if (!socket) return socket.error();
  return NftReader(std::move(*socket), family, name);
}

std::string NftReader::nameIn(std::string_view bytes) {
  return std::string(bytes.substr(0, bytes.find('\0')));
}

std::string NftReader::numberBytes(std::uint32_t number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

nlmsghdr* NftReader::begin(MnlBatch& batch, std::uint16_t type, std::uint16_t flags) const {
  return beginNft(batch, family_, type, flags);
}

Error NftReader::readError(std::string_view what, const MnlRefusal& refusal) const {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot read {} of nft's table {} {}: {}", what,
                      family_ == NFPROTO_BRIDGE ? "bridge" : "ip", name_, describe(refusal))};
}

Result<bool> NftReader::hasTable() {
  MnlBatch batch;
  putText(begin(batch, NFT_MSG_GETTABLE), NFTA_TABLE_NAME, name_);
  batch.end();
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  if (refusals->empty()) return true;
  if (refusals->front().number == ENOENT) return false;
  return readError("the name", refusals->front());
}

Result<std::optional<std::uint64_t>> NftReader::handle() {
  MnlBatch batch;
  putText(begin(batch, NFT_MSG_GETTABLE), NFTA_TABLE_NAME, name_);
  batch.end();
  std::optional<std::uint64_t> handle;
  const auto refusals = socket_.send(batch, [&](const nlmsghdr& message) -> Result<void> {
    const auto table = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
    handle = table.value<std::uint64_t>(NFTA_TABLE_HANDLE);
    return {};
  });
  if (!refusals) return refusals.error();
  if (refusals->empty() || refusals->front().number == ENOENT) return handle;
  return readError("the number", refusals->front());
}

Result<std::map<std::string, host::Traffic>> NftReader::counters() {
  using Counters = std::map<std::string, host::Traffic>;
  auto counters = dump<Counters>(NFT_MSG_GETOBJ, {}, [](const nlmsghdr& message, Counters& found) {
    const auto object = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
    found[object.text(NFTA_OBJ_NAME).value_or("")] = countedIn(object.get(NFTA_OBJ_DATA));
  });
  if (!counters) return counters.error();
  return std::move(*counters).value_or(Counters());
}

Result<NftReader::Entries> NftReader::find(std::string_view set,
                                           const std::vector<std::string>& keys) {
  MnlBatch batch;
  for (const auto& key : keys) {
    auto* message = begin(batch, NFT_MSG_GETSETELEM);
    putText(message, NFTA_SET_ELEM_LIST_TABLE, name_);
    putText(message, NFTA_SET_ELEM_LIST_SET, set);
    auto* list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    auto* entry = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
    auto* nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
    mnl_attr_put(message, NFTA_DATA_VALUE, key.size(), key.data());
    mnl_attr_nest_end(message, nest);
    mnl_attr_nest_end(message, entry);
    mnl_attr_nest_end(message, list);
    batch.end();
  }
  Entries entries;
  const auto refusals = socket_.send(batch, [&](const nlmsghdr& message) -> Result<void> {
    entries.take(message);
    return {};
  });
  if (!refusals) return refusals.error();
  for (const auto& refusal : *refusals) {
    // An element, its set or its table may be absent: then it is not among the entries.
    if (refusal.number != ENOENT) return readError("an element", refusal);
  }
  return entries;
}

template <class Whole, class Take>
Result<std::optional<Whole>> NftReader::dump(std::uint16_t type, std::string_view set,
                                             const Take& take) {
  for (int attempt = 1;; ++attempt) {
    MnlBatch batch;
    auto* message = begin(batch, type, NLM_F_DUMP);
    if (type == NFT_MSG_GETRULE) putText(message, NFTA_RULE_TABLE, name_);
    if (type == NFT_MSG_GETOBJ) {
      putText(message, NFTA_OBJ_TABLE, name_);
      mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
    }
    if (type == NFT_MSG_GETSETELEM) {
      putText(message, NFTA_SET_ELEM_LIST_TABLE, name_);
      putText(message, NFTA_SET_ELEM_LIST_SET, set);
    }
    batch.end();
    Whole whole{};
    const auto refusal = socket_.dump(batch, [&](const nlmsghdr& part) -> Result<void> {
      take(part, whole);
      return {};
    });
    if (!refusal) return refusal.error();
    if (!*refusal) return std::optional(std::move(whole));
    if ((*refusal)->number == ENOENT) return std::optional<Whole>();
    // The table was changed during the dump: what came so far may be of both versions.
    if ((*refusal)->number == EINTR && attempt < kDumpTries) continue;
    return readError(set.empty() ? "the rules" : set, **refusal);
  }
}

Result<std::optional<NftReader::Entries>> NftReader::all(std::string_view set) {
  return dump<Entries>(NFT_MSG_GETSETELEM, set,
                       [](const nlmsghdr& message, Entries& entries) { entries.take(message); });
}

Result<std::vector<NftReader::Rule>> NftReader::rules(std::string_view chain) {
  using Rules = std::vector<Rule>;
  auto rules =
      dump<Rules>(NFT_MSG_GETRULE, {}, [chain](const nlmsghdr& message, Rules& of_the_chain) {
        const auto rule = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
        if (rule.text(NFTA_RULE_CHAIN) != chain) return;
        of_the_chain.push_back({rule.value<std::uint64_t>(NFTA_RULE_HANDLE).value_or(0),
                                std::string(commentIn(rule.get(NFTA_RULE_USERDATA)))});
      });
  if (!rules) return rules.error();
  return std::move(*rules).value_or(Rules());
}

Result<std::uint64_t> NftReader::fingerprint() {
  const auto chains = dump<
      std::string>(NFT_MSG_GETCHAIN, {}, [this](const nlmsghdr& message, std::string& text) {
    const auto chain = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
    // The kernel gives the chains of all tables.
    if (chain.text(NFTA_CHAIN_TABLE) != name_) return;
    for (const auto part : {NFTA_CHAIN_NAME, NFTA_CHAIN_TYPE, NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY}) {
      text.append(bytesIn(chain.get(part))).append("\n");
    }
  });
  if (!chains) return chains.error();
  const auto rules =
      dump<std::string>(NFT_MSG_GETRULE, {}, [](const nlmsghdr& message, std::string& text) {
        // After the header, which counts the changes of all tables.
        const auto* rule = mnl_nlmsg_get_payload_offset(&message, sizeof(nfgenmsg));
        text.append(static_cast<const char*>(rule),
                    mnl_nlmsg_get_payload_len(&message) - MNL_ALIGN(sizeof(nfgenmsg)));
      });
  if (!rules) return rules.error();
  return netctl::fingerprint(chains->value_or("") + rules->value_or(""));
}

}  // namespace netctl::kernel
