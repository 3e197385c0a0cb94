#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace netctl::cli {

/// A value of JSON in the blocks of YAML 1.2, as people like to read it.
std::string yamlText(const boost::json::value& value);

}  // namespace netctl::cli
