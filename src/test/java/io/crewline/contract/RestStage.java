package io.crewline.contract;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;

/** What the scenarios of the REST contract share: a node, its people, and what was made so far. */
final class RestStage {
  static final String ROOM = "/api/rooms/messaging:contract";

  final Crewline node;
  final RestJudge judge;
  final String admin;
  final String boss;
  final String dave;
  final String ada;
  final String kim;
  long messageId;
  String link = "";
  String linkTask = "";

  RestStage(Crewline node, ApiDocument document) {
    this.node = node;
    this.judge = new RestJudge(node, document);
    this.boss = Person.manager(node, "boss").token();
    this.dave = Person.member(node, "dave").token();
    this.ada = Person.member(node, "ada").token();
    this.kim = Person.member(node, "kim").token();
    this.admin =
        judge
            .call(
                "POST",
                "/api/token",
                "{\"username\":\"admin\",\"password\":\"" + TestNode.ADMIN_PASSWORD + "\"}",
                "Content-Type",
                "application/json")
            .text("access");
  }
}
