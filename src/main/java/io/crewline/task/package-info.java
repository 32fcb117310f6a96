/**
 * Tasks, the systems that they are about and the employees who do them.
 *
 * <p>Start with {@link io.crewline.task.TaskService}: what other features may do with tasks. {@link
 * io.crewline.task.TaskStatus} is the table of what may follow what. Every write goes through
 * {@code TaskChanges}, which locks, stores and tells exactly one {@link io.crewline.task.TaskEvent}
 * for each task that really changed. {@code TaskDesk} holds what callers of REST may do, and lets
 * concurrent writers share commits by {@code TaskLane}.
 *
 * <p>Who sees what: managers and administrators all tasks, members those of the employee that is
 * linked to their account. Managers write; members set the status of their own tasks and add notes.
 *
 * <p>Locks are taken in one order: employees, systems, tasks, each by id, and the topic last.
 *
 * <p>May depend on {@code attachment}, {@code realtime}, {@code journal}, {@code account} and
 * {@code platform}; no gateway and no other feature.
 */
@NullMarked
package io.crewline.task;

import org.jspecify.annotations.NullMarked;
