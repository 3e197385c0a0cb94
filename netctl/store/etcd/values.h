#pragma once

#include "modes/cloud/cloud.h"

#include <string>
#include <string_view>

/// The cloud's objects as keys and values of etcd: one key for each object, whose value is a JSON
/// object with all of it. Names of keys here come behind the cloud's prefix. Pure.
namespace netctl::store::etcd_values {

/// `groups/sg-0a1b2c3d`. A key pair of an account is below `key-pairs/`, one for EC2's clients
/// below `access-keys/`.
std::string keyOf(const cloud::Account& account);
std::string keyOf(const cloud::AccessKey& key);
std::string keyOf(const cloud::KeyPair& pair);
std::string keyOf(const cloud::PrefixList& list);
std::string keyOf(const cloud::Group& group);
std::string keyOf(const cloud::Instance& instance);
std::string keyOf(const cloud::EndedInstance& ended);
std::string keyOf(const cloud::Address& address);
std::string keyOf(const cloud::ReturnedAddress& returned);
std::string keyOf(const cloud::Forward& forward);

std::string valueOf(const cloud::Account& account);
std::string valueOf(const cloud::AccessKey& key);
std::string valueOf(const cloud::KeyPair& pair);
std::string valueOf(const cloud::PrefixList& list);
/// With all of its permissions.
std::string valueOf(const cloud::Group& group);
std::string valueOf(const cloud::Instance& instance);
std::string valueOf(const cloud::EndedInstance& ended);
std::string valueOf(const cloud::Address& address);
std::string valueOf(const cloud::ReturnedAddress& returned);
std::string valueOf(const cloud::Forward& forward);

/// Puts the object of a key into the cloud, strictly: what does not belong there, is not there or
/// is wrong is an error that names the key and the member, as is a key of no kind, and one that is
/// not its object's. What only one may have and another has is one too.
Result<void> readInto(cloud::Cloud& cloud, std::string_view key, std::string_view value);

/// An error that names each object that refers to one that is not there.
Result<void> checkReferences(const cloud::Cloud& cloud);

}  // namespace netctl::store::etcd_values
