#include "modes/metadata/object_text.h"

#include <array>
#include <utility>

namespace netctl::metadata {

ObjectText::ObjectText(std::size_t size) {
  text_.reserve(size);
  text_ += '{';
}

void ObjectText::add(std::string_view name, std::string_view text) {
  beginMember(name);
  append(text);
}

void ObjectText::addJson(std::string_view name, std::string_view json) {
  beginMember(name);
  text_ += json;
}

std::string ObjectText::take() {
  text_ += '}';
  return std::move(text_);
}

void ObjectText::append(std::string_view text) {
  std::array<char, 512> piece;
  serializer_.reset(boost::json::string_view(text.data(), text.size()));
  while (!serializer_.done()) text_ += serializer_.read(piece.data(), piece.size());
}

void ObjectText::beginMember(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  append(name);
  text_ += ':';
}

}  // namespace netctl::metadata
