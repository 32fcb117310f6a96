package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.Database;
import io.crewline.platform.JsonInput;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rooms and their members. */
@Controller("/api/rooms")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Rooms")
class RoomController {
  private final RoomService rooms;
  private final UnreadService unread;
  private final MessageRepository messages;
  private final Journal journal;
  private final Database database;
  private final IdempotentAnswers answers;

  RoomController(
      RoomService rooms,
      UnreadService unread,
      MessageRepository messages,
      Journal journal,
      Database database,
      IdempotentAnswers answers) {
    this.rooms = rooms;
    this.unread = unread;
    this.messages = messages;
    this.journal = journal;
    this.database = database;
    this.answers = answers;
  }

  /**
   * A room to be created.
   *
   * @param type 1 to 64 of {@code a-z 0-9 _ -}; default {@code messaging}
   * @param id likewise; a random one when absent
   * @param name at most 200 characters; default the id
   * @param isPrivate whether only members may know of it
   * @param members usernames, at most 100; the caller is the owner and need not be named
   */
  @Serdeable
  @Schema(name = "CreateRoomRequest", example = ChatExamples.NEW_ROOM)
  record CreateRoomRequest(
      @Schema(pattern = ChatExamples.PART, defaultValue = "messaging") @Nullable String type,
      @Schema(pattern = ChatExamples.PART) @Nullable String id,
      @Schema(maxLength = 200) @Nullable String name,
      @Schema(name = "private") @JsonProperty("private") @Nullable Boolean isPrivate,
      @ArraySchema(maxItems = 100) @Nullable List<String> members) {}

  /**
   * A change of a room; what is absent stays.
   *
   * @param name at most 200 characters
   * @param isPrivate whether only members may know of it
   */
  @Serdeable
  @Schema(name = "UpdateRoomRequest", example = ChatExamples.UPDATE_ROOM)
  record UpdateRoomRequest(
      @Schema(minLength = 1, maxLength = 200) @Nullable String name,
      @Schema(name = "private") @JsonProperty("private") @Nullable Boolean isPrivate) {}

  /**
   * Members to be added: one by {@code username}, or several by {@code members}.
   *
   * @param members at most 100
   */
  @Serdeable
  @Schema(name = "AddMembersRequest", example = ChatExamples.ADD_MEMBERS)
  record AddMembersRequest(
      @Schema(pattern = ChatExamples.PART) @Nullable String username,
      @ArraySchema(maxItems = 100) @Nullable List<String> members) {}

  /**
   * A room as the caller sees it.
   *
   * @param cid type and id with a colon between
   * @param name for people; the id when none was given
   * @param isPrivate whether only members may know of it
   * @param createdBy its first owner; absent when that account is gone
   * @param seq the newest sequence number of the room's topic
   * @param epoch the epoch of the room's topic
   * @param unread the caller's unread messages
   * @param mentions those of them that mention the caller
   * @param lastMessage the newest message, or null
   */
  @Serdeable
  @Schema(name = "RoomResponse", example = ChatExamples.ROOM)
  record RoomResponse(
      @Schema(pattern = ChatExamples.CID) String cid,
      String type,
      String id,
      @Schema(maxLength = 200) String name,
      @Schema(name = "private") @JsonProperty("private") boolean isPrivate,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false)
          @Nullable String createdBy,
      Instant createdAt,
      long seq,
      String epoch,
      long unread,
      long mentions,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Message lastMessage) {}

  /**
   * A page of rooms.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "RoomPage", example = ChatExamples.ROOMS)
  record RoomPage(
      List<RoomResponse> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /**
   * A page of members.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "MemberPage", example = ChatExamples.MEMBERS)
  record MemberPage(
      List<Member> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /** Creates a room; the caller becomes its owner. Everyone may. */
  @Post
  @Operation(operationId = "createRoom")
  @ApiResponse(responseCode = "201", description = "The new room", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "409", description = "The room exists")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = CreateRoomRequest.class)))
  HttpResponse<RoomResponse> create(
      @Parameter(hidden = true) Identity caller, @Body JsonNode body) {
    JsonInput input = new JsonInput(body);
    String type =
        input.string("type", (field, text) -> text == null ? null : Cid.part(field, text));
    String id = input.string("id", (field, text) -> text == null ? null : Cid.part(field, text));
    String name = input.optionalText("name", RoomService.NAME_LENGTH);
    Boolean isPrivate = input.flag("private");
    Invited members = Invited.read(input, false);
    input.check();
    Cid cid = new Cid(type == null ? "messaging" : type, id == null ? RoomIds.random() : id);
    return answers.commit(
        () -> rooms.create(caller, cid, name, Boolean.TRUE.equals(isPrivate), members),
        room -> HttpResponse.created(respond(caller, room), URI.create("/api/rooms/" + cid)));
  }

  /** The caller's rooms and public ones, by cid. */
  @Get
  @Operation(operationId = "listRooms")
  @ApiResponse(responseCode = "200", description = "A page of rooms", useReturnTypeSchema = true)
  RoomPage list(
      @Parameter(hidden = true) Identity caller,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    return database.snapshot(
        () -> {
          List<Room> found = rooms.list(caller, Paging.key("rooms", cursor), checked + 1);
          boolean more = found.size() > checked;
          List<Room> page = more ? found.subList(0, checked) : found;
          return new RoomPage(
              respond(caller, page), more ? Paging.cursor("rooms", page.getLast().cid()) : null);
        });
  }

  /** One room, with what is unread and the newest message. */
  @Get("/{cid}")
  @Operation(operationId = "getRoom")
  @ApiResponse(responseCode = "200", description = "The room", useReturnTypeSchema = true)
  RoomResponse get(@Parameter(hidden = true) Identity caller, @PathVariable String cid) {
    return database.snapshot(
        () -> respond(caller, rooms.require(caller, Cid.parse("cid", cid).toString()).room()));
  }

  /**
   * Changes name or privacy; what is absent stays, and in plain JSON what is null. A merge patch
   * may remove the name, which then is the id. Owners and managers. A private room exists only for
   * its members: others get 404.
   */
  @Patch("/{cid}")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateRoom")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is neither an owner nor a manager")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = UpdateRoomRequest.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = UpdateRoomRequest.class))
      })
  RoomResponse update(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String cid,
      @Body JsonNode body) {
    Cid room = Cid.parse("cid", cid);
    JsonInput input = MergePatch.read(http, body);
    String name = input.removes("name") ? room.id() : null;
    if (input.has("name") && name == null) {
      name = input.requiredText("name", RoomService.NAME_LENGTH);
    }
    input.keep("private");
    Boolean isPrivate = input.flag("private");
    input.check();
    return respond(caller, rooms.update(caller, room.toString(), name, isPrivate));
  }

  /** Deletes the room and all that is in it. Owners and managers. */
  @Delete("/{cid}")
  @Operation(operationId = "deleteRoom")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = "The caller is neither an owner nor a manager")
  HttpResponse<?> delete(@Parameter(hidden = true) Identity caller, @PathVariable String cid) {
    rooms.delete(caller, Cid.parse("cid", cid).toString());
    return HttpResponse.noContent();
  }

  /** Members by username. */
  @Get("/{cid}/members")
  @Operation(operationId = "listMembers")
  @ApiResponse(responseCode = "200", description = "A page of members", useReturnTypeSchema = true)
  MemberPage members(
      @Parameter(hidden = true) Identity caller,
      @PathVariable String cid,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    String room = Cid.parse("cid", cid).toString();
    String list = "members:" + room;
    List<Member> found = rooms.members(caller, room, Paging.key(list, cursor), checked + 1);
    boolean more = found.size() > checked;
    List<Member> page = more ? found.subList(0, checked) : found;
    return new MemberPage(page, more ? Paging.cursor(list, page.getLast().user().id()) : null);
  }

  /**
   * Adds members; who is one already stays one. Answers with those named. Owners and managers add
   * others; everyone may join a public room.
   */
  @Post("/{cid}/members")
  @Operation(operationId = "addMembers")
  @ApiResponse(responseCode = "201", description = "Those named", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is neither an owner nor a manager")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = AddMembersRequest.class)))
  HttpResponse<MemberPage> addMembers(
      @Parameter(hidden = true) Identity caller, @PathVariable String cid, @Body JsonNode body) {
    JsonInput input = new JsonInput(body);
    Invited invited = Invited.read(input, true);
    input.check();
    String checked = Cid.parse("cid", cid).toString();
    return answers.commit(
        () ->
            database.transaction(
                () -> {
                  rooms.addMembers(caller, checked, invited);
                  return rooms.membersNamed(checked, invited.usernames());
                }),
        added -> HttpResponse.created(new MemberPage(added, null)));
  }

  /** Removes a member. Owners and managers; everyone may leave but the last owner. */
  @Delete("/{cid}/members/{username}")
  @Operation(operationId = "removeMember")
  @ApiResponse(responseCode = "204", description = "No member any more")
  @ApiResponse(responseCode = "403", description = "The caller is neither an owner nor a manager")
  @ApiResponse(responseCode = "409", description = "The last owner of the room")
  HttpResponse<?> removeMember(
      @Parameter(hidden = true) Identity caller,
      @PathVariable String cid,
      @PathVariable String username) {
    rooms.removeMember(caller, Cid.parse("cid", cid).toString(), username);
    return HttpResponse.noContent();
  }

  private RoomResponse respond(Identity caller, Room room) {
    return database.transaction(() -> respond(caller, List.of(room)).getFirst());
  }

  private List<RoomResponse> respond(Identity caller, List<Room> page) {
    List<String> cids = page.stream().map(Room::cid).toList();
    Map<Topic, Position> heads = journal.heads(cids.stream().map(Topic::room).toList());
    Map<String, UnreadService.Unread> counts = unread.of(caller.username(), cids);
    Map<String, Message> newest = messages.newest(cids);
    return page.stream()
        .map(
            room -> {
              Position head = heads.getOrDefault(Topic.room(room.cid()), new Position("", 0));
              UnreadService.Unread count = counts.get(room.cid());
              return new RoomResponse(
                  room.cid(),
                  room.type(),
                  room.id(),
                  room.name(),
                  room.isPrivate(),
                  room.createdBy(),
                  room.createdAt(),
                  head.seq(),
                  head.epoch(),
                  count == null ? 0 : count.unread(),
                  count == null ? 0 : count.mentions(),
                  newest.get(room.cid()));
            })
        .toList();
  }
}
