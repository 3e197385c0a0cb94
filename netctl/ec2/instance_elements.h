#pragma once

#include "netctl/controller/controller.h"
#include "netctl/ec2/answer/xml.h"

#include <string>
#include <string_view>
#include <vector>

/// Instances as EC2 shows them: their network is the cloud's, all else comes from the attributes
/// that their attach gave.
namespace netctl::ec2 {

/// The attributes' names, which are those of the metadata service.
inline constexpr std::string_view kImage = "ami-id";
inline constexpr std::string_view kType = "instance-type";
inline constexpr std::string_view kReservation = "reservation-id";
inline constexpr std::string_view kLaunchIndex = "ami-launch-index";
inline constexpr std::string_view kKeyName = "key-name";
inline constexpr std::string_view kPublicKey = "public-keys/0/openssh-key";

struct InstanceState {
  int code = 0;
  std::string_view name;
};
inline constexpr InstanceState kPending{0, "pending"};
inline constexpr InstanceState kRunning{16, "running"};
inline constexpr InstanceState kTerminated{48, "terminated"};

/// Running while its port is open, terminated where the cloud has it no more.
InstanceState stateOf(const controller::View& view, const cloud::Instance& instance);
void writeState(XmlWriter& xml, std::string_view name, InstanceState state);

std::string imageOf(const cloud::Instance& instance);
std::string typeOf(const cloud::Instance& instance);
/// Empty where it was started without a key.
std::string keyNameOf(const cloud::Instance& instance);
/// That of its attributes, else one that follows from its id.
std::string reservationOf(const cloud::Instance& instance);

/// `<groupSet>`.
void writeGroups(XmlWriter& xml, const cloud::Cloud& cloud, const cloud::Instance& instance);

/// Where an interface is shown: in its instance, or in a list of the account's, where the instance
/// has to be named.
enum class InterfaceOf { Instance, Account };
/// `<attachment>`.
void writeAttachment(XmlWriter& xml, const cloud::Instance& instance, InterfaceOf shown);
/// The elements of the instance's network interface.
void writeNetworkInterface(XmlWriter& xml, const cloud::Cloud& cloud,
                           const cloud::Instance& instance, InterfaceOf shown);

/// The elements of a reservation: instances that were started together, at least one.
void writeReservation(XmlWriter& xml, const controller::View& view,
                      const std::vector<cloud::Ref<cloud::Instance>>& instances);

}  // namespace netctl::ec2
