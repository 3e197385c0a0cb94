#include "netctl/crypto/ssh_key.h"

#include "base/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace netctl::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// Made by ssh-keygen and openssl, whose fingerprints these are.
constexpr auto kRsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDrktyEIM49e4M82XxrvfnPh6JZjlYq5Ts5nEUgEprns3Au/l4Z9ZfG+"
    "EWnRzDN4gBCI3pH9gtaavR99QQ4S/ZKASETeTBzVnO4nZ/uErGy5fZO04YSGpmBTmJDaM7EjVCrILbjwJISi/S08EySHO"
    "ZIoFqUfPiZj+bsk5z+RAIsxw==";
constexpr auto kRsaFingerprint = "2a:bb:ab:52:2c:3d:cd:3b:52:7a:a6:21:e1:d8:ab:a0";
constexpr auto kEd25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";
constexpr auto kEd25519Fingerprint = "YANHjSHXMTWSv+5JfeMhXmPF8Tfp3Xt4i96fDjTWZbU=";

std::string faultOf(std::string_view text) {
  const auto key = readSshPublicKey(text);
  if (key) return "it is right";
  EXPECT_EQ(key.error().reason, "InvalidKey.Format");
  return key.error().message;
}

TEST(SshKey, IsReadWithoutItsComment) {
  for (const std::string rest : {"", "\n", "\r\n", " me@laptop, of 2026\n"}) {
    const auto rsa = readSshPublicKey(kRsa + rest).value();
    EXPECT_EQ(rsa.line, kRsa);
    EXPECT_EQ(rsa.fingerprint, kRsaFingerprint);
    EXPECT_EQ(rsa.type, SshKeyType::Rsa);
    const auto ed25519 = readSshPublicKey(" " + (kEd25519 + rest)).value();
    EXPECT_EQ(ed25519.line, kEd25519);
    EXPECT_EQ(ed25519.fingerprint, kEd25519Fingerprint);
    EXPECT_EQ(ed25519.type, SshKeyType::Ed25519);
  }
  EXPECT_EQ(typeOfSshKey(kRsa), SshKeyType::Rsa);
  EXPECT_EQ(typeOfSshKey(kEd25519), SshKeyType::Ed25519);
}

TEST(SshKey, IsRefusedWithWhatIsWrong) {
  EXPECT_THAT(faultOf(""), HasSubstr("begins with nothing"));
  EXPECT_THAT(faultOf("ssh-dss AAAA"), HasSubstr("'ssh-dss'"));
  EXPECT_THAT(faultOf(R"(command="sh" )" + std::string(kEd25519)), HasSubstr("begins with"));
  EXPECT_THAT(faultOf(std::string(kEd25519) + "\n" + kRsa), HasSubstr("several lines"));
  EXPECT_THAT(faultOf("ssh-rsa"), HasSubstr("another type"));
  EXPECT_THAT(faultOf("ssh-rsa ???"), HasSubstr("not base64"));
  EXPECT_THAT(faultOf("ssh-rsa " + std::string(kEd25519).substr(12)), HasSubstr("another type"));
  // One byte less, and one more.
  const auto whole = *decodeBase64(std::string(kEd25519).substr(12));
  for (const auto& other : {whole.substr(0, whole.size() - 1), whole + "x"}) {
    EXPECT_THAT(faultOf("ssh-ed25519 " + encodeBase64(other)), HasSubstr("not whole"));
  }
  const auto rsa = *decodeBase64(std::string(kRsa).substr(8));
  EXPECT_THAT(faultOf("ssh-rsa " + encodeBase64(rsa + "x")), HasSubstr("not whole"));
  EXPECT_THAT(faultOf("ssh-rsa " + encodeBase64(rsa.substr(0, 40))), HasSubstr("not whole"));
}

TEST(SshKey, OfRsaHasFittingNumbers) {
  const std::string head("\0\0\0\7ssh-rsa", 11);
  const std::string exponent("\0\0\0\3\1\0\1", 7);
  const auto number = [](const std::string& bytes) {
    return std::string("\0\0", 2) + static_cast<char>(bytes.size() >> 8U) +
           static_cast<char>(bytes.size() & 0xffU) + bytes;
  };
  const auto fault = [&](const std::string& e, const std::string& n) {
    return faultOf("ssh-rsa " + encodeBase64(head + e + number(n)));
  };
  EXPECT_THAT(fault(exponent, "\x7f" + std::string(64, '\x01')), HasSubstr("has 519 bits"));
  EXPECT_THAT(fault(exponent, "\x7f" + std::string(2050, '\x01')), HasSubstr("has 16407 bits"));
  EXPECT_THAT(fault(exponent, "\x7f" + std::string(255, '\x02')), HasSubstr("its numbers"));
  EXPECT_THAT(fault(std::string("\0\0\0\1\1", 5), "\x7f" + std::string(255, '\x01')),
              HasSubstr("its numbers"));
  // Negative, and with a needless zero before it.
  EXPECT_THAT(fault(exponent, std::string(256, '\xff')), HasSubstr("not whole"));
  EXPECT_THAT(fault(exponent, std::string(1, '\0') + std::string(255, '\x01')),
              HasSubstr("not whole"));
}

TEST(SshKey, OfEachTypeIsMadeAnew) {
  const auto rsa = makeSshKey(SshKeyType::Rsa);
  EXPECT_THAT(rsa.private_key, StartsWith("-----BEGIN RSA PRIVATE KEY-----\n"));
  EXPECT_THAT(rsa.public_key.fingerprint, MatchesRegex("([0-9a-f]{2}:){19}[0-9a-f]{2}"));
  EXPECT_EQ(readSshPublicKey(rsa.public_key.line).value().line, rsa.public_key.line);
  const auto one = makeSshKey(SshKeyType::Ed25519);
  const auto other = makeSshKey(SshKeyType::Ed25519);
  EXPECT_NE(one.private_key, other.private_key);
  EXPECT_THAT(one.private_key, StartsWith("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
  const auto read = readSshPublicKey(one.public_key.line).value();
  EXPECT_EQ(read.fingerprint, one.public_key.fingerprint);
}

}  // namespace
}  // namespace netctl::crypto
