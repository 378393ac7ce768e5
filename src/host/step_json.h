// SPDX-License-Identifier: GPL-2.0-or-later
// Steps in the JSON of a container's record, each with its words and the commands that undo it for the
// reader.
#pragma once

#include "core/plan.h"
#include "host/json_values.h"

namespace uplink
{

OrderedJson json_of(const Step& step);

/// Throws as json_values.h says, and Error for an unknown kind of step.
Step step_of(const OrderedJson& json);

} // namespace uplink
