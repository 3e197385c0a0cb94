#pragma once

#include "netctl/api/method.h"

#include <string>
#include <string_view>

namespace netctl::cli {

/// All nouns and verbs.
std::string helpAll();
/// The verbs of a noun; empty where there is none.
std::string helpNoun(std::string_view noun);
/// One command: its options and an example.
std::string helpMethod(const api::Method& method);
/// The noun and the verb as one types them.
std::string commandName(const api::Method& method);
/// The table's worked example as one would type it in a shell.
std::string exampleOf(const api::Method& method);

}  // namespace netctl::cli
