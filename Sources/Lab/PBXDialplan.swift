/// The dialplan of the lab's PBX, and the table of what can be called.
///
/// | DID | What happens |
/// |---|---|
/// | `+74951112233` | answer, greeting of 0.5 s, queue `sales` |
/// | `+74951112234` | the same; after 5 s in `sales` on to queue `support` |
/// | `+74951112235` | menu: 1 sales, 2 support, 3 extension 101; nothing pressed in 5 s after it: hang-up |
/// | `+74951112236` | after hours: announcement of 2 s, hang-up |
/// | `+74951112237` | queue `closed`, which nobody may join (JOINEMPTY), then hang-up |
/// | `+74951112238` | queue `narrow` with room for one (FULL), then hang-up |
/// | `+74951112239` | refused before answering (congestion) |
/// | `+74951112240` | greeting of 20 s, then queue `sales`: time enough to hang up in the greeting |
/// | `+74951112241` … `46` | extension 101 … 106 rings 20 s, unanswered until it picks up |
/// | `+74951112250` | queue `keyed`; key 1 leaves it for a voice message (2 s), then hang-up |
/// | `+74951112251` | queue `sales` for 5 s, then hang-up (a timeout nobody took up) |
/// | `+74951112252` | `Stasis(perezvon,route)` first, then queue `sales` with what it said |
/// | `+74951112253` | answered, then `UserEvent(PerezvonRequest)` with the caller's number, hang-up |
/// | `+74951112254` | extension 102 rings 4 s, then voicemail: stage told, announcement, recording of 5 s |
/// | `+74951112255` | ring group 102 and 103 for 6 s, then hang-up |
/// | `+74951112256` | extension 102 rings 5 s, then hang-up |
/// | `+74951112257` | queue `desk`, then hang-up |
/// | `+74951112258` | queue `delayed`, whose agents hear nothing for 3 s after they pick up |
/// | `+74951112259` | queue `emptying`, which is left when nobody is there; its status told |
/// | `+74951112260` | queue `sales`; who is withdrawn goes to extension 106 |
/// | `+74951112261` | queue `sales`, its status told, then hang-up |
/// | `+74951112262`, `63` | as `37` and `38`, but the queue's status is told |
/// | `+74951112264` | queue `sales` for 5 s, then a tone for as long as the caller stays |
/// | `+74951112265` | as `33`; not among `ownNumbers`: one that was forgotten there |
///
/// Those from `+74951112270` on play the recipes of `asterisk-conf`: see `PBXRecipes`.
///
/// Told means `UserEvent(PerezvonStage)` with what QUEUESTATUS says, behind Queue().
///
/// The dialplan context a caller was last in says where he was: `greeting`, `ivr-main`, `after-hours`,
/// `queues`, `direct`, `voicemail`. From inside, `*8` and an extension picks its ringing call up, `700` parks,
/// `701` and on retrieve.
public enum PBXDialplan {
  /// The company's main number.
  public static let mainNumber = "+74951112233"
  public static let overflowNumber = "+74951112234"
  public static let menuNumber = "+74951112235"
  public static let afterHoursNumber = "+74951112236"
  public static let emptyQueueNumber = "+74951112237"
  public static let narrowQueueNumber = "+74951112238"
  public static let refusedNumber = "+74951112239"
  public static let longGreetingNumber = "+74951112240"
  public static let keyExitNumber = "+74951112250"
  public static let timeoutNumber = "+74951112251"
  public static let routedNumber = "+74951112252"
  public static let requestNumber = "+74951112253"
  public static let voicemailNumber = "+74951112254"
  public static let ringGroupNumber = "+74951112255"
  public static let briefDirectNumber = "+74951112256"
  public static let deskNumber = "+74951112257"
  public static let delayedNumber = "+74951112258"
  public static let emptyingNumber = "+74951112259"
  public static let withdrawnNumber = "+74951112260"
  public static let toldQueueNumber = "+74951112261"
  public static let toldEmptyQueueNumber = "+74951112262"
  public static let toldNarrowQueueNumber = "+74951112263"
  public static let lingeringNumber = "+74951112264"
  public static let forgottenNumber = "+74951112265"

  /// The number that rings one agent's extension directly; extensions 101 to 109 have one.
  public static func directNumber(_ extension: Int) -> String { "+749511122\(`extension` - 60)" }

  /// All numbers above but the forgotten one.
  public static let ownNumbers =
    [
      mainNumber, overflowNumber, menuNumber, afterHoursNumber, emptyQueueNumber, narrowQueueNumber,
      refusedNumber, longGreetingNumber, keyExitNumber, timeoutNumber, routedNumber, requestNumber,
      voicemailNumber, ringGroupNumber, briefDirectNumber, deskNumber, delayedNumber, emptyingNumber,
      withdrawnNumber, toldQueueNumber, toldEmptyQueueNumber, toldNarrowQueueNumber, lingeringNumber,
    ] + (101...106).map(directNumber) + PBXRecipes.all

  static func text(agents: [LabAgent]) -> String {
    var direct = ""
    for agent in agents where agent.extension <= 109 {
      direct += "exten => \(directNumber(agent.extension)),1,Goto(direct,\(agent.extension),1)\n"
    }
    return """
      [general]
      static = yes
      writeprotect = no
      [globals]
      \(PBXRecipes.globals)

      [from-trunk]
      \(PBXRecipes.numbers)
      exten => \(mainNumber),1,Goto(greeting,sales,1)
      exten => \(overflowNumber),1,Goto(greeting,overflow,1)
      exten => \(menuNumber),1,Goto(ivr-main,s,1)
      exten => \(afterHoursNumber),1,Goto(after-hours,s,1)
      exten => \(emptyQueueNumber),1,Goto(greeting,closed,1)
      exten => \(narrowQueueNumber),1,Goto(greeting,narrow,1)
      exten => \(refusedNumber),1,Hangup(34)
      exten => \(longGreetingNumber),1,Answer()
       same => n,Goto(greeting,long,1)
      exten => \(keyExitNumber),1,Goto(greeting,keys,1)
      exten => \(timeoutNumber),1,Goto(greeting,timeout,1)
      exten => \(routedNumber),1,Goto(routed,s,1)
      exten => \(requestNumber),1,Goto(request,s,1)
      exten => \(voicemailNumber),1,Goto(direct,voicemail,1)
      exten => \(ringGroupNumber),1,Goto(direct,group,1)
      exten => \(briefDirectNumber),1,Goto(direct,brief,1)
      exten => \(deskNumber),1,Goto(greeting,desk,1)
      exten => \(delayedNumber),1,Goto(greeting,delayed,1)
      exten => \(emptyingNumber),1,Goto(greeting,emptying,1)
      exten => \(withdrawnNumber),1,Goto(greeting,withdrawn,1)
      exten => \(toldQueueNumber),1,Goto(greeting,told-sales,1)
      exten => \(toldEmptyQueueNumber),1,Goto(greeting,told-closed,1)
      exten => \(toldNarrowQueueNumber),1,Goto(greeting,told-narrow,1)
      exten => \(lingeringNumber),1,Goto(greeting,lingering,1)
      exten => \(forgottenNumber),1,Goto(greeting,sales,1)
      \(direct)
      [greeting]
      exten => long,1,Playback(lab-long-greeting)
       same => n,Goto(queues,sales,1)
      exten => _[a-z].,1,Answer()
       same => n,Playback(lab-greeting)
       same => n,Goto(queues,${EXTEN},1)

      [queues]
      exten => sales,1,Queue(sales,t)
       same => n,Hangup()
      exten => support,1,Queue(support,t)
       same => n,Hangup()
      exten => overflow,1,Queue(sales,tn,,,5)
       same => n,Queue(support,t)
       same => n,Hangup()
      exten => timeout,1,Queue(sales,tn,,,5)
       same => n,Hangup()
      exten => lingering,1,Queue(sales,tn,,,5)
       same => n,Goto(lab-hold,s,1)
      exten => closed,1,Queue(closed,t)
       same => n,Hangup()
      exten => narrow,1,Queue(narrow,t)
       same => n,Hangup()
      ; The queue's `context` catches keys; 1 is the only one.
      exten => keys,1,Queue(keyed,t)
       same => n,Hangup()
      exten => desk,1,Queue(desk,t)
       same => n,Hangup()
      exten => delayed,1,Queue(delayed,t)
       same => n,Hangup()
      exten => withdrawn,1,Queue(sales,t)
       same => n,GotoIf($["${QUEUESTATUS}" = "WITHDRAW"]?direct,106,1)
       same => n,Hangup()
      exten => emptying,1,Set(LAB_QUEUE=emptying)
       same => n,Goto(told,1)
      exten => _told-.,1,Set(LAB_QUEUE=${EXTEN:5})
       same => n,Goto(told,1)
      exten => told,1,Queue(${LAB_QUEUE},t)
       same => n,Goto(queue-told,${QUEUESTATUS},1)

      ; The hook behind Queue(): what no event tells.
      [queue-told]
      exten => JOINEMPTY,1,UserEvent(PerezvonStage,Stage: queue_empty,Queue: ${LAB_QUEUE})
       same => n,Hangup()
      exten => LEAVEEMPTY,1,Goto(JOINEMPTY,1)
      exten => FULL,1,UserEvent(PerezvonStage,Stage: queue_full,Queue: ${LAB_QUEUE})
       same => n,Hangup()
      exten => WITHDRAW,1,UserEvent(PerezvonStage,Stage: withdrawn,Queue: ${LAB_QUEUE})
       same => n,Hangup()

      [queue-keys]
      exten => 1,1,Playback(lab-closed)
       same => n,Hangup()

      [ivr-main]
      exten => s,1,Answer()
       same => n,Background(lab-menu)
       same => n,WaitExten(5)
       same => n,Hangup()
      exten => 1,1,Goto(queues,sales,1)
      exten => 2,1,Goto(queues,support,1)
      exten => 3,1,Goto(direct,101,1)
      exten => i,1,Goto(s,1)
      exten => t,1,Hangup()

      [after-hours]
      exten => s,1,Answer()
       same => n,Playback(lab-closed)
       same => n,Hangup()

      [direct]
      exten => _1XX,1,Dial(PJSIP/${EXTEN},20,t)
       same => n,Hangup()
      exten => brief,1,Dial(PJSIP/102,5,t)
       same => n,Hangup()
      exten => group,1,Dial(PJSIP/102&PJSIP/103,6,t)
       same => n,Hangup()
      exten => voicemail,1,Dial(PJSIP/102,4,t)
       same => n,Goto(voicemail,s,1)

      [voicemail]
      exten => s,1,Answer()
       same => n,UserEvent(PerezvonStage,Stage: voicemail)
       same => n,Playback(lab-closed)
       same => n,Record(lab-message-${UNIQUEID}.sln,0,5,q)
       same => n,Hangup()

      [routed]
      exten => s,1,Answer()
       same => n,Set(TIMEOUT(absolute)=30)
       same => n,Stasis(perezvon,route)
       same => n,Set(TIMEOUT(absolute)=0)
       same => n,Set(QUEUE_PRIO=${IF($["${PEREZVON_PRIORITY}" = ""]?0:${FILTER(0-9,${PEREZVON_PRIORITY})})})
       same => n,GotoIf($["${PEREZVON_AGENT}" = ""]?queue)
       same => n,Dial(${PEREZVON_AGENT},20)
       same => n(queue),Goto(queues,sales,1)

      [request]
      exten => s,1,Answer()
       same => n,UserEvent(PerezvonRequest,Number: ${FILTER(0-9+,${CALLERID(num)})},Campaign: sales-callback)
       same => n,Playback(lab-greeting)
       same => n,Hangup()

      ; A survey of three questions, a key each; 1 at the third asks for a call, 9 for none ever.
      [lab-survey]
      exten => s,1,Read(KEY,lab-greeting,1,,1,8)
       same => n,UserEvent(PerezvonAnswer,Question: service,Answer: ${FILTER(0-9,${KEY})})
       same => n,Read(KEY,lab-greeting,1,,1,8)
       same => n,UserEvent(PerezvonAnswer,Question: price,Answer: ${FILTER(0-9,${KEY})})
       same => n,Read(KEY,lab-greeting,1,,1,8)
       same => n,Set(THEN=${IF($["${KEY}" = "1"]?callback:${IF($["${KEY}" = "9"]?never:none)})})
       same => n,Set(WISH=Answer: ${FILTER(0-9,${KEY})})
       same => n,UserEvent(PerezvonAnswer,Question: wish,${WISH},Then: ${THEN},Campaign: sales-callback)
       same => n,Hangup()

      ; What the agents dial by hand: each other, and customers.
      [from-internal]
      include => parkedcalls
      exten => *77,1,Goto(perezvon-promise,after,1)
      exten => _*81XX,1,PickupChan(PJSIP/${EXTEN:2},p)
       same => n,Hangup()
      exten => _1XX,1,Dial(PJSIP/${EXTEN},20,t)
       same => n,Hangup()
      exten => _+7X.,1,Dial(PJSIP/${EXTEN}@trunk,60)
       same => n,Hangup()
      exten => _8X.,1,Dial(PJSIP/+7${EXTEN:1}@trunk,60)
       same => n,Hangup()

      ; Holds a leg the lab places from the PBX itself, with a tone in its ear.
      [lab-hold]
      exten => s,1,Playtones(620)
       same => n,Wait(600)
       same => n,Hangup()

      \(PBXRecipes.contexts)

      #tryinclude extensions.d/perezvon.conf
      \(PBXRecipes.includes)

      """
  }
}
