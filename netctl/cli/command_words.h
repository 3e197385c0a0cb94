#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The words that a command may begin with. Completion offers them, and a slip is told the nearest.
namespace netctl::cli {

/// The word of a command line for a noun or a verb: `prefix-list` for `prefix_list`.
std::string wordOf(std::string_view name);

/// Nouns, short forms, and the commands that are not methods; sorted.
std::vector<std::string> firstWords();

/// What may follow a first word, as the verbs of a noun; sorted, empty where nothing has to.
std::vector<std::string> secondWords(std::string_view first);

/// The name of the method that a noun and a verb, or another word for it, mean: `group.describe`
/// for `group ls`, `instance.detach` for `instance rm`.
std::string methodName(std::string_view noun, std::string_view verb);

}  // namespace netctl::cli
