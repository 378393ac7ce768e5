// SPDX-License-Identifier: GPL-2.0-or-later
// What a container was started with, in the JSON of its record.
#pragma once

#include "core/spec.h"
#include "host/json_values.h"

namespace uplink
{

OrderedJson json_of(const ContainerSpec& spec);

/// But for the container's name and path. Throws as json_values.h says.
ContainerSpec spec_of(const OrderedJson& json);

} // namespace uplink
