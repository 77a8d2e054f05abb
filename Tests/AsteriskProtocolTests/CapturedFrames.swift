/// What the ARI websocket of Asterisk 22.10.1 sent, seen on the wire on 2026-11-22: a leg is originated into
/// the application, hears something, goes on in the dialplan. One frame per paragraph; the line breaks inside
/// are ours.
let capturedFrames: [[UInt8]] = #"""
  {"variable":"PEREZVON_JOB","value":"j\"1","type":"ChannelVarset",
  "timestamp":"2026-11-22T17:25:12.341+0000","channel":{"id":"pz-1-a;2",
  "name":"Local/101@agents-00000000;2","state":"Ring","protocol_id":"","caller":{"name":"",
  "number":""},"connected":{"name":"","number":""},"accountcode":"",
  "dialplan":{"context":"agents","exten":"101","priority":1,"app_name":"","app_data":""},
  "creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"ChannelCallerId","timestamp":"2026-11-22T17:25:12.341+0000","caller_presentation":0,
  "caller_presentation_txt":"Presentation Allowed, Not Screened","channel":{"id":"pz-1-a;2",
  "name":"Local/101@agents-00000000;2","state":"Ring","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"agents","exten":"101","priority":1,
  "app_name":"","app_data":""},"creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"ChannelConnectedLine","timestamp":"2026-11-22T17:25:12.341+0000",
  "channel":{"id":"pz-1-a;2","name":"Local/101@agents-00000000;2","state":"Ring","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"agents","exten":"101","priority":1,
  "app_name":"","app_data":""},"creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"Dial","timestamp":"2026-11-22T17:25:12.341+0000","dialstatus":"","forward":"",
  "dialstring":"101@agents","peer":{"id":"pz-1-a","name":"Local/101@agents-00000000;1",
  "state":"Down","protocol_id":"","caller":{"name":"A \"B\"<x>","number":"+7495"},
  "connected":{"name":"A \"B\"<x>","number":"+7495"},"accountcode":"",
  "dialplan":{"context":"agents","exten":"101","priority":1,"app_name":"AppDial2",
  "app_data":"(Outgoing Line)"},"creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"ChannelDialplan","timestamp":"2026-11-22T17:25:12.341+0000","dialplan_app":"Wait",
  "dialplan_app_data":"1","channel":{"id":"pz-1-a;2","name":"Local/101@agents-00000000;2",
  "state":"Ring","protocol_id":"","caller":{"name":"A \"B\"<x>","number":"+7495"},
  "connected":{"name":"A \"B\"<x>","number":"+7495"},"accountcode":"",
  "dialplan":{"context":"agents","exten":"101","priority":1,"app_name":"Wait","app_data":"1"},
  "creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"ChannelDestroyed","timestamp":"2026-11-22T17:25:12.377+0000","cause":0,
  "cause_txt":"Unknown","channel":{"id":"pz-3-a;2","name":"Local/nosuch@agents-00000002;2",
  "state":"Ring","protocol_id":"","caller":{"name":"","number":""},"connected":{"name":"",
  "number":""},"accountcode":"","dialplan":{"context":"agents","exten":"nosuch","priority":1,
  "app_name":"","app_data":""},"creationtime":"2026-11-22T17:25:12.376+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"ChannelStateChange","timestamp":"2026-11-22T17:25:13.343+0000",
  "channel":{"id":"pz-1-a;2","name":"Local/101@agents-00000000;2","state":"Up","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"agents","exten":"101","priority":2,
  "app_name":"Answer","app_data":""},"creationtime":"2026-11-22T17:25:12.340+0000",
  "language":"en"},"asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"Dial","timestamp":"2026-11-22T17:25:13.343+0000","dialstatus":"ANSWER","forward":"",
  "dialstring":"101@agents","peer":{"id":"pz-1-a","name":"Local/101@agents-00000000;1",
  "state":"Up","protocol_id":"","caller":{"name":"A \"B\"<x>","number":"+7495"},
  "connected":{"name":"A \"B\"<x>","number":"+7495"},"accountcode":"",
  "dialplan":{"context":"agents","exten":"101","priority":1,"app_name":"AppDial2",
  "app_data":"(Outgoing Line)"},"creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"StasisStart","timestamp":"2026-11-22T17:25:13.343+0000","args":["agent","1"],
  "channel":{"id":"pz-1-a","name":"Local/101@agents-00000000;1","state":"Up","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"agents","exten":"101","priority":1,
  "app_name":"Stasis","app_data":"perezvon,agent,1"},
  "creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"PlaybackStarted","timestamp":"2026-11-22T17:25:14.460+0000","playback":{"id":"p1",
  "media_uri":"sound:beep","next_media_uri":"sound:beep","target_uri":"channel:pz-1-a",
  "language":"en","state":"playing"},"asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"PlaybackContinuing","timestamp":"2026-11-22T17:25:14.460+0000","playback":{"id":"p1",
  "media_uri":"sound:beep","next_media_uri":"sound:beep","target_uri":"channel:pz-1-a",
  "language":"en","state":"continuing"},"asterisk_id":"02:fc:00:00:00:01",
  "application":"perezvon"}

  {"type":"PlaybackFinished","timestamp":"2026-11-22T17:25:14.460+0000","playback":{"id":"p1",
  "media_uri":"sound:beep","target_uri":"channel:pz-1-a","language":"en","state":"failed"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"type":"StasisEnd","timestamp":"2026-11-22T17:25:14.505+0000","channel":{"id":"pz-1-a",
  "name":"Local/101@agents-00000000;1","state":"Up","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"agents","exten":"101","priority":1,
  "app_name":"Stasis","app_data":"perezvon,agent,1"},
  "creationtime":"2026-11-22T17:25:12.340+0000","language":"en"},
  "asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}

  {"cause":32,"soft":true,"type":"ChannelHangupRequest",
  "timestamp":"2026-11-22T17:25:14.820+0000","channel":{"id":"pz-1-a",
  "name":"Local/101@agents-00000000;1","state":"Up","protocol_id":"",
  "caller":{"name":"A \"B\"<x>","number":"+7495"},"connected":{"name":"A \"B\"<x>",
  "number":"+7495"},"accountcode":"","dialplan":{"context":"in","exten":"s","priority":1,
  "app_name":"Wait","app_data":"30"},"creationtime":"2026-11-22T17:25:12.340+0000",
  "language":"en"},"asterisk_id":"02:fc:00:00:00:01","application":"perezvon"}
  """#
  .split(separator: "\n\n").map { frame in Array(frame.utf8.filter { $0 != UInt8(ascii: "\n") }) }
