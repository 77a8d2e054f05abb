#!/usr/bin/env python3
"""Writes an AMI capture for the benchmark: the same bytes for the same arguments.

usage: generate.py FILE [EVENTS]        (default 420000)

Calls of a busy queue as Asterisk 22 shows them with read=all and timestampevents=no: callers join, agents
ring, some answer, some callers give up. About 476 bytes and 21 headers an event, four in ten of them events
nobody wants. Header names and orders: main/manager_channels.c, main/manager_bridges.c, apps/app_queue.c.
"""
import random
import sys

STATES = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
NAMES = ["Anna Schmidt", "Müller GmbH", "", "Ольга Иванова", "UNKNOWN CALLER", "O\\'Neill, Jim", "Sales: line 2"]
QUEUES = ["sales", "support", "billing", "returns", "night"]
MEMBERS = [(f"PJSIP/{200 + n}", f"Member {200 + n}") for n in range(100)]


class Channel:
    def __init__(self, writer, endpoint, number, name, context, exten, linked=None):
        serial = writer.serial
        writer.serial += 1
        self.name = f"{endpoint}-{serial:08x}"
        self.id = f"{int(writer.clock)}.{serial}"
        self.linked = linked or self.id
        self.state, self.priority = 0, 1
        self.number, self.caller = number, name
        self.connected, self.connected_name = "", ""
        self.context, self.exten = context, exten

    def lines(self, prefix=""):
        unknown = "<unknown>"
        return [
            f"{prefix}Channel: {self.name}", f"{prefix}ChannelState: {self.state}",
            f"{prefix}ChannelStateDesc: {STATES[self.state]}",
            f"{prefix}CallerIDNum: {self.number or unknown}", f"{prefix}CallerIDName: {self.caller or unknown}",
            f"{prefix}ConnectedLineNum: {self.connected or unknown}",
            f"{prefix}ConnectedLineName: {self.connected_name or unknown}", f"{prefix}Language: en",
            f"{prefix}AccountCode: ", f"{prefix}Context: {self.context}", f"{prefix}Exten: {self.exten}",
            f"{prefix}Priority: {self.priority}", f"{prefix}Uniqueid: {self.id}", f"{prefix}Linkedid: {self.linked}",
        ]


class Writer:
    def __init__(self, out):
        self.out, self.random = out, random.Random(20260101)
        self.clock, self.serial = 1767225600.0, 0
        self.events = self.bytes = self.headers = 0
        out.write(b"Asterisk Call Manager/11.0.0\r\n")

    def event(self, name, privilege, lines):
        self.clock += self.random.expovariate(50)
        head = [f"Event: {name}", f"Privilege: {privilege},all", "SystemName: pbx1"]
        data = ("\r\n".join(head + lines) + "\r\n\r\n").encode()
        self.out.write(data)
        self.events += 1
        self.bytes += len(data)
        self.headers += len(head) + len(lines)

    def call(self, name, channel, *extra):
        self.event(name, "call", channel.lines() + list(extra))

    def pair(self, name, caller, agent, *extra, privilege="agent"):
        self.event(name, privilege, caller.lines() + agent.lines("Dest") + list(extra))

    def variable(self, channel, name, value):
        self.event("VarSet", "dialplan", channel.lines() + [f"Variable: {name}", f"Value: {value}"])

    def step(self, channel, application, data=""):
        self.event("Newexten", "dialplan", channel.lines() + [
            f"Extension: {channel.exten}", f"Application: {application}", f"AppData: {data}"])
        channel.priority += 1

    def member(self, queue, member, status):
        now = int(self.clock)
        self.event("QueueMemberStatus", "agent", [
            f"Queue: {queue}", f"MemberName: {member[1]}", f"Interface: {member[0]}",
            f"StateInterface: {member[0]}", "Membership: static", "Penalty: 0",
            f"CallsTaken: {self.random.randrange(90)}", f"LastCall: {now - 60}", "LastPause: 0",
            f"LoginTime: {now - 7200}", f"InCall: {int(status == 2)}", f"Status: {status}", "Paused: 0",
            "PausedReason: ", "Ringinuse: 0", "Wrapuptime: 10"])

    def bridge(self, name, bridge, count, channel=None):
        self.event(name, "call", [
            f"BridgeUniqueid: {bridge}", "BridgeType: basic", "BridgeTechnology: simple_bridge",
            "BridgeCreator: Queue", "BridgeName: <unknown>", f"BridgeNumChannels: {count}",
            "BridgeVideoSourceMode: none"] + (channel.lines() if channel else []))

    def hangup(self, channel, cause=16, text="Normal Clearing"):
        r = self.random
        self.variable(channel, "RTPAUDIOQOS", ";".join(
            f"{key}={r.randrange(10 ** 6)}" for key in
            ["ssrc", "themssrc", "lp", "rxjitter", "rxcount", "txjitter", "txcount", "rlp", "rtt", "rxmes", "txmes"]))
        self.call("Hangup", channel, f"Cause: {cause}", f"Cause-txt: {text}")

    def one_call(self):
        r = self.random
        queue, number = r.choice(QUEUES), f"7916{r.randrange(10 ** 7):07d}"
        caller = Channel(self, "PJSIP/trunk", number, r.choice(NAMES), "from-trunk", f"+7495111{r.randrange(10 ** 4):04d}")
        caller.state = 4
        self.call("Newchannel", caller)
        self.variable(caller, "SIPCALLID", f"{r.getrandbits(128):032x}@192.0.2.{r.randrange(255)}")
        self.step(caller, "NoOp", f"from {number}")
        self.step(caller, "Answer")
        caller.state = 6
        self.call("Newstate", caller)
        self.variable(caller, "__DIRECTION", "inbound")
        self.variable(caller, "QUEUE_PRIO", "0")
        caller.context, caller.exten = "queues", queue
        self.step(caller, "Queue", f"{queue},tTc,,,300")
        position, hold = r.randrange(1, 9), int(r.expovariate(1 / 40)) + 1
        self.call_agent("QueueCallerJoin", caller, f"Queue: {queue}", f"Position: {position}", f"Count: {position}")
        gives_up = r.random() < 0.3
        for _ in range(r.choice([1, 1, 1, 2, 3])):
            if self.one_ring(caller, queue, position, hold, gives_up):
                return
        self.variable(caller, "ABANDONED", "TRUE")
        self.variable(caller, "QUEUESTATUS", "ABANDON")
        self.call_agent("QueueCallerAbandon", caller, f"Queue: {queue}", "Position: 1",
                        f"OriginalPosition: {position}", f"HoldTime: {hold}")
        self.call_agent("QueueCallerLeave", caller, f"Queue: {queue}", f"Count: {position - 1}", "Position: 1")
        self.hangup(caller)

    def call_agent(self, name, channel, *extra):
        self.event(name, "agent", channel.lines() + list(extra))

    def one_ring(self, caller, queue, position, hold, gives_up):
        r = self.random
        member = r.choice(MEMBERS)
        where = [f"Queue: {queue}", f"Interface: {member[0]}", f"MemberName: {member[1]}"]
        agent = Channel(self, member[0], "", "", "agents", member[0].split("/")[1], caller.linked)
        self.call("Newchannel", agent)
        self.variable(agent, "DIALEDPEERNUMBER", agent.exten)
        self.variable(agent, "__DIRECTION", "inbound")
        agent.number, agent.caller = agent.exten, member[1]
        agent.connected, agent.connected_name = caller.number, caller.caller
        self.call("NewConnectedLine", agent)
        self.pair("AgentCalled", caller, agent, *where)
        self.pair("DialBegin", caller, agent, f"DialString: {agent.exten}", privilege="call")
        self.member(queue, member, 6)
        agent.state = 5
        self.call("Newstate", agent)
        if gives_up or r.random() >= 0.75:
            self.pair("DialEnd", caller, agent, "DialStatus: NOANSWER", privilege="call")
            if not gives_up:
                self.pair("AgentRingNoAnswer", caller, agent, *where, "RingTime: 15000")
            self.hangup(agent, 26, "Answered elsewhere")
            self.member(queue, member, 1)
            return False
        agent.state = 6
        self.call("Newstate", agent)
        self.member(queue, member, 2)
        self.pair("DialEnd", caller, agent, "DialStatus: ANSWER", privilege="call")
        for name, value in [("MEMBERINTERFACE", member[0]), ("MEMBERNAME", member[1]), ("QEHOLDTIME", hold)]:
            self.variable(caller, name, value)
        self.pair("AgentConnect", caller, agent, *where, f"HoldTime: {hold}", f"RingTime: {r.randrange(20)}")
        self.call_agent("QueueCallerLeave", caller, f"Queue: {queue}", f"Count: {position - 1}", "Position: 1")
        bridge = f"{r.getrandbits(32):08x}-{r.getrandbits(16):04x}-4{r.getrandbits(12):03x}-a{r.getrandbits(12):03x}-{r.getrandbits(48):012x}"
        self.bridge("BridgeCreate", bridge, 0)
        self.bridge("BridgeEnter", bridge, 1, caller)
        self.bridge("BridgeEnter", bridge, 2, agent)
        self.variable(caller, "BRIDGEPEER", agent.name)
        self.variable(agent, "BRIDGEPEER", caller.name)
        self.bridge("BridgeLeave", bridge, 1, agent)
        self.bridge("BridgeLeave", bridge, 0, caller)
        self.bridge("BridgeDestroy", bridge, 0)
        self.pair("AgentComplete", caller, agent, *where, f"HoldTime: {hold}",
                  f"TalkTime: {r.randrange(600)}", "Reason: caller")
        self.hangup(agent)
        self.hangup(caller)
        self.member(queue, member, 1)
        return True


def main():
    path, wanted = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 420_000
    with open(path, "wb", buffering=1 << 20) as out:
        writer = Writer(out)
        while writer.events < wanted:
            writer.one_call()
    print(f"{writer.events} events, {writer.bytes / writer.events:.0f} bytes and "
          f"{writer.headers / writer.events:.1f} headers each", file=sys.stderr)


if __name__ == "__main__":
    main()
