/**
 * Chat: rooms, their members, messages, read positions and unread counts.
 *
 * <p>Start with {@link io.crewline.chat.MessageService}: a send joins the lane of its room, and a
 * lane commits all that waits in one transaction. {@link io.crewline.chat.RoomService} holds rooms
 * and members. Commands of the sockets are the {@code …Handler} classes, REST the {@code
 * …Controller} classes; both only translate.
 *
 * <p>Who may do what: everyone may see, read and join a public room; a private room exists only for
 * its members. Owners and managers change a room and its members. Authors change their messages;
 * authors and managers delete them.
 *
 * <p>A deleted room leaves its messages behind: {@code deleted_room} says up to which number they
 * belong to the room's former life, and {@link io.crewline.chat.DeletedRooms} removes them in
 * chunks. Until then they are invisible, also when the room is made anew, whose numbers go on after
 * them. So every query that reads messages other than past a member's read position compares their
 * number with {@code deleted_room.up_to}, and whoever changes a message locks its room first. A
 * read position is never inside a former life: members of a new life begin at its newest event.
 *
 * <p>May depend on {@code realtime}, {@code journal}, {@code account} and {@code platform}, and on
 * the public service of {@code attachment}; no gateway and no other feature.
 */
@NullMarked
package io.crewline.chat;

import org.jspecify.annotations.NullMarked;
