#pragma once

#include "netctl/api/method.h"

#include <vector>

/// The methods, a file for each noun. Internal to netctl/api: all others ask methods().
namespace netctl::api {

std::vector<Method> accountMethods();
std::vector<Method> keyPairMethods();
std::vector<Method> prefixListMethods();
std::vector<Method> groupMethods();
std::vector<Method> addressMethods();
std::vector<Method> forwardMethods();
std::vector<Method> instanceMethods();
std::vector<Method> networkMethods();
std::vector<Method> nodeMethods();
std::vector<Method> systemMethods();
std::vector<Method> eventMethods();
std::vector<Method> usageMethods();

}  // namespace netctl::api
