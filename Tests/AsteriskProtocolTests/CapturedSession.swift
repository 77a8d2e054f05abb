/// What Asterisk 22.10.1 sent, seen on the wire on 2026-11-22 (`timestampevents=yes`, `systemname=pbx1`,
/// `channelvars=PEREZVON_X`): a caller with a hostile name goes through a queue to an agent, with the answers
/// to actions between. Much is left out; `␠` stands for a space at the end of a line.
let capturedSession =
  #"""
  Asterisk Call Manager/11.0.0
  Response: Success
  ActionID: 1
  Challenge: 392779651

  Response: Success
  ActionID: 2
  Message: Authentication accepted

  Event: FullyBooted
  Privilege: system,all
  Uptime: 4
  LastReload: 4
  Status: Fully Booted

  Response: Success
  ActionID: sb
  AMIversion: 11.0.0
  AsteriskVersion: 22.10.1+dfsg+~cs6.17.60671434-1
  SystemName: pbx1
  CoreMaxCalls: 0
  CoreMaxLoadAvg: 0.000000
  CoreRunUser:␠
  CoreRunGroup:␠
  CoreMaxFilehandles: 0
  CoreRealTimeEnabled: No
  CoreCDRenabled: Yes
  CoreHTTPenabled: No
  SoundsSearchCustomDir: No

  Response: Success
  ActionID: sa
  CoreStartupDate: 2026-11-22
  CoreStartupTime: 17:21:49
  CoreReloadDate: 2026-11-22
  CoreReloadTime: 17:21:49
  CoreCurrentCalls: 0
  CoreProcessedCalls: 0

  Response: Success
  ActionID: 3
  Message: Originate successfully queued

  Event: Newchannel
  Privilege: call,all
  Timestamp: 1795368115.428753
  SystemName: pbx1
  Channel: Local/q@in-00000000;1
  ChannelState: 0
  ChannelStateDesc: Down
  CallerIDNum: <unknown>
  CallerIDName: <unknown>
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 1
  Uniqueid: pz-1-c
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=

  Event: Newexten
  Privilege: dialplan,all
  Timestamp: 1795368115.428791
  SystemName: pbx1
  Channel: Local/q@in-00000000;1
  ChannelState: 0
  ChannelStateDesc: Down
  CallerIDNum: <unknown>
  CallerIDName: <unknown>
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 1
  Uniqueid: pz-1-c
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=
  Extension: q
  Application: AppDial2
  AppData: (Outgoing Line)

  Event: VarSet
  Privilege: dialplan,all
  Timestamp: 1795368115.428802
  SystemName: pbx1
  Channel: Local/q@in-00000000;1
  ChannelState: 0
  ChannelStateDesc: Down
  CallerIDNum: <unknown>
  CallerIDName: <unknown>
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 1
  Uniqueid: pz-1-c
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=
  Variable: X
  Value: a,b

  Event: LocalBridge
  Privilege: call,all
  Timestamp: 1795368115.429138
  SystemName: pbx1
  LocalOneChannel: Local/q@in-00000000;1
  LocalOneChannelState: 0
  LocalOneChannelStateDesc: Down
  LocalOneCallerIDNum: <unknown>
  LocalOneCallerIDName: <unknown>
  LocalOneConnectedLineNum: <unknown>
  LocalOneConnectedLineName: <unknown>
  LocalOneLanguage: en
  LocalOneAccountCode:␠
  LocalOneContext: in
  LocalOneExten: q
  LocalOnePriority: 1
  LocalOneUniqueid: pz-1-c
  LocalOneLinkedid: pz-1-c
  LocalOneChanVariable: PEREZVON_X=
  LocalTwoChannel: Local/q@in-00000000;2
  LocalTwoChannelState: 4
  LocalTwoChannelStateDesc: Ring
  LocalTwoCallerIDNum: <unknown>
  LocalTwoCallerIDName: <unknown>
  LocalTwoConnectedLineNum: <unknown>
  LocalTwoConnectedLineName: <unknown>
  LocalTwoLanguage: en
  LocalTwoAccountCode:␠
  LocalTwoContext: in
  LocalTwoExten: q
  LocalTwoPriority: 1
  LocalTwoUniqueid: pz-1-c;2
  LocalTwoLinkedid: pz-1-c
  LocalTwoChanVariable: PEREZVON_X=
  Context: in
  Exten: q
  LocalOptimization: Yes

  Event: OriginateResponse
  Privilege: call,all
  Timestamp: 1795368115.429721
  SystemName: pbx1
  ActionID: 3
  Response: Success
  Channel: Local/q@in-00000000;1
  Context: in
  Exten: caller
  Reason: 4
  Uniqueid: pz-1-c
  CallerIDNum: <unknown>
  CallerIDName: <unknown>
  ChanVariable(Local/q@in-00000000;1): PEREZVON_X=

  Event: UserEvent
  Privilege: user,all
  Timestamp: 1795368115.944679
  SystemName: pbx1
  Channel: Local/q@in-00000000;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 5
  Uniqueid: pz-1-c;2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=Uniqueid: 9.9
  UserEvent: PerezvonStage
  Stage: ivr
  Uniqueid: 9.9

  Event: QueueCallerJoin
  Privilege: agent,all
  Timestamp: 1795368115.944740
  SystemName: pbx1
  Channel: Local/q@in-00000000;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 6
  Uniqueid: pz-1-c;2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=Uniqueid: 9.9
  Queue: sales
  Position: 1
  Count: 1

  Response: Success
  ActionID: sc
  EventList: start
  Message: Channels will follow

  Event: CoreShowChannel
  ActionID: sc
  Channel: Local/q@in-00000000;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 6
  Uniqueid: pz-1-c;2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=Uniqueid: 9.9
  Application: Queue
  ApplicationData: sales,,,,10
  Duration: 00:00:01
  BridgeId:␠

  Event: CoreShowChannelsComplete
  ActionID: sc
  EventList: Complete
  ListItems: 4

  Response: Success
  ActionID: sd
  EventList: start
  Message: Queue status will follow

  Event: QueueParams
  Queue: sales
  Max: 0
  Strategy: ringall
  Calls: 0
  Holdtime: 1
  TalkTime: 0
  Completed: 0
  Abandoned: 0
  ServiceLevel: 0
  ServicelevelPerf: 0.0
  ServicelevelPerf2: 0.0
  Weight: 0
  ActionID: sd

  Event: QueueMember
  Queue: sales
  Name: Anna
  Location: Local/101@agents/n
  StateInterface: Local/101@agents/n
  Membership: static
  Penalty: 2
  CallsTaken: 0
  LastCall: 0
  LastPause: 0
  LoginTime: 1795368110
  InCall: 1
  Status: 2
  Paused: 0
  PausedReason:␠
  Wrapuptime: 0
  ActionID: sd

  Event: QueueStatusComplete
  ActionID: sd
  EventList: Complete
  ListItems: 2

  Event: AgentConnect
  Privilege: agent,all
  Timestamp: 1795368116.946691
  SystemName: pbx1
  Channel: Local/q@in-00000000;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 6
  Uniqueid: pz-1-c;2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=Uniqueid: 9.9
  DestChannel: Local/101@agents-00000001;1
  DestChannelState: 6
  DestChannelStateDesc: Up
  DestCallerIDNum: q
  DestCallerIDName: <unknown>
  DestConnectedLineNum: 79161234567
  DestConnectedLineName: O\'Neill \"J\", Event: Shutdown
  DestLanguage: en
  DestAccountCode:␠
  DestContext: agents
  DestExten: q
  DestPriority: 1
  DestUniqueid: pbx1-1795368115.2
  DestLinkedid: pz-1-c
  DestChanVariable: PEREZVON_X=
  Queue: sales
  Interface: Local/101@agents/n
  MemberName: Anna
  HoldTime: 1
  RingTime: 1

  Event: BridgeEnter
  Privilege: call,all
  Timestamp: 1795368116.946813
  SystemName: pbx1
  BridgeUniqueid: 726284b4-4cc0-43cb-ad3a-ca99beebe3ca
  BridgeType: basic
  BridgeTechnology: simple_bridge
  BridgeCreator: <unknown>
  BridgeName: <unknown>
  BridgeNumChannels: 1
  BridgeVideoSourceMode: none
  Channel: Local/101@agents-00000001;1
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: q
  CallerIDName: <unknown>
  ConnectedLineNum: 79161234567
  ConnectedLineName: O\'Neill \"J\", Event: Shutdown
  Language: en
  AccountCode:␠
  Context: agents
  Exten: q
  Priority: 1
  Uniqueid: pbx1-1795368115.2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=

  Response: Success
  ActionID: 4
  Message: Interface paused successfully

  Event: QueueMemberPause
  Privilege: agent,all
  Timestamp: 1795368117.348965
  SystemName: pbx1
  Queue: sales
  MemberName: Anna
  Interface: Local/101@agents/n
  StateInterface: Local/101@agents/n
  Membership: static
  Penalty: 2
  CallsTaken: 0
  LastCall: 0
  LastPause: 1795368117
  LoginTime: 1795368110
  InCall: 1
  Status: 2
  Paused: 1
  PausedReason: pz:x
  Ringinuse: 1
  Wrapuptime: 0

  Response: Success
  ActionID: 5
  Message: Interface unpaused successfully

  Response: Error
  ActionID: 6
  Message: Interface not found

  Response: Error
  ActionID: 7
  Message: Unable to change priority caller on queue: No such caller

  Response: Success
  ActionID: 8
  Message: Variable Set

  Event: AgentComplete
  Privilege: agent,all
  Timestamp: 1795368119.448953
  SystemName: pbx1
  Channel: Local/q@in-00000000;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: <unknown>
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: in
  Exten: q
  Priority: 6
  Uniqueid: pz-1-c;2
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=Uniqueid: 9.9
  DestChannel: Local/101@agents-00000001;1
  DestChannelState: 6
  DestChannelStateDesc: Up
  DestCallerIDNum: q
  DestCallerIDName: <unknown>
  DestConnectedLineNum: 79161234567
  DestConnectedLineName: O\'Neill \"J\", Event: Shutdown
  DestLanguage: en
  DestAccountCode:␠
  DestContext: agents
  DestExten: q
  DestPriority: 1
  DestUniqueid: pbx1-1795368115.2
  DestLinkedid: pz-1-c
  DestChanVariable: PEREZVON_X=
  Queue: sales
  Interface: Local/101@agents/n
  MemberName: Anna
  HoldTime: 1
  TalkTime: 3
  Reason: agent

  Event: Hangup
  Privilege: call,all
  Timestamp: 1795368119.448965
  SystemName: pbx1
  Channel: Local/101@agents-00000001;2
  ChannelState: 6
  ChannelStateDesc: Up
  CallerIDNum: 79161234567
  CallerIDName: O\'Neill \"J\", Event: Shutdown
  ConnectedLineNum: q
  ConnectedLineName: <unknown>
  Language: en
  AccountCode:␠
  Context: agents
  Exten: 101
  Priority: 4
  Uniqueid: pbx1-1795368115.3
  Linkedid: pz-1-c
  ChanVariable: PEREZVON_X=
  Cause: 0
  Cause-txt: Unknown

  Response: Success
  ActionID: 9
  Message: Originate successfully queued

  Response: Error
  ActionID: 10
  Message: No such channel

  Response: Error
  ActionID: 11
  Message: No such channel

  Response: Success
  ActionID: 12
  Ping: Pong
  Timestamp: 1795368129.267563

  Response: Error
  ActionID: 13
  Message: Invalid/unknown command: Foo. Use Action: ListCommands to show available commands.

  Response: Goodbye
  ActionID: 14
  Message: Thanks for all the fish.

  """#
  .replacing("␠", with: " ").replacing("\n", with: "\r\n") + "\r\n"
