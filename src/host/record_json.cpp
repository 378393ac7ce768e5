// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_json.h"

#include "core/error.h"
#include "host/json_values.h"
#include "host/spec_json.h"
#include "host/step_json.h"

namespace uplink
{

namespace
{

constexpr int format_version = 2;

OrderedJson json_of(const Process& process)
{
    return {{"pid", process.pid}, {"start_time", process.start_time}};
}

Process process_of(const OrderedJson& json)
{
    return {json.at("pid"), json.at("start_time")};
}

} // namespace

std::string to_json(const Record& record)
{
    OrderedJson steps = OrderedJson::array();
    for (const Step& step : record.steps)
        steps.push_back(json_of(step));
    const OrderedJson json = {
        {"version", format_version},
        {"container", escaped(record.spec.container.name)},
        {"lxcpath", escaped(record.spec.container.lxcpath)},
        {"started", record.started},
        {"boot_id", record.boot_id},
        {"network_namespace", record.network_namespace},
        {"pid_namespace", record.instance.pid_namespace},
        {"monitor", json_of(record.instance.monitor)},
        {"init", record.init ? json_of(*record.init) : OrderedJson()},
        {"rebooting", record.rebooting},
        {"asked", json_of(record.spec)},
        {"steps", steps},
        {"holds", escaped_all(record.keys)},
        {"notices", record.notices},
        {"firewall", record.firewall},
    };
    return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Record record_from_json(const std::string& text)
{
    try {
        const OrderedJson json = OrderedJson::parse(text);
        if (json.at("version") != format_version)
            throw Error("it is of another version of lxc-uplink, in format " + json.at("version").dump() +
                        " instead of " + std::to_string(format_version));
        Record record;
        record.spec = spec_of(json.at("asked"));
        record.spec.container = {unescaped(json.at("lxcpath")), unescaped(json.at("container"))};
        record.started = json.at("started");
        record.boot_id = json.at("boot_id");
        record.network_namespace = json.at("network_namespace");
        record.instance = {process_of(json.at("monitor")), json.at("pid_namespace")};
        if (!json.at("init").is_null())
            record.init = process_of(json.at("init"));
        record.rebooting = json.at("rebooting");
        record.steps = list_of<Step>(json.at("steps"), step_of);
        for (const std::string& key : json.at("holds").get<Keys>())
            record.keys.insert(unescaped(key));
        record.notices = json.at("notices").get<std::vector<std::string>>();
        record.firewall = json.at("firewall");
        return record;
    } catch (const OrderedJson::parse_error&) {
        throw Error("it is cut off, or no JSON at all");
    } catch (const OrderedJson::exception&) {
        throw Error("a value in it is missing, or not of the kind that it should be");
    }
}

} // namespace uplink
