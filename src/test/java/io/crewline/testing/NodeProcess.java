package io.crewline.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A node in a process of its own, which can be killed as a machine would kill it. */
public final class NodeProcess implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("http://localhost:(\\d+)");
  private static final long START_SECONDS = 240;

  private final Process process;
  private final @Nullable Path log;
  private final StringBuffer output = new StringBuffer();
  private final CompletableFuture<Integer> port = new CompletableFuture<>();

  private NodeProcess(Process process, @Nullable Path log) {
    this.process = process;
    this.log = log;
    Thread.ofVirtual().start(this::read);
  }

  /**
   * Starts the jar of the build, before there is one the class path; nothing of this process's
   * environment but PATH and HOME.
   */
  public static NodeProcess start(Map<String, String> settings) {
    return start(settings, null);
  }

  /** Starts a jar, such as that of another version. */
  public static NodeProcess start(Path jar, Map<String, String> settings) {
    return start(jar.toString(), settings, null);
  }

  /**
   * Starts the jar under test.
   *
   * @param log where its output is added, instead of keeping it for {@link #output}
   */
  public static NodeProcess start(Map<String, String> settings, @Nullable Path log) {
    return start(System.getProperty("crewline.jar", ""), settings, log);
  }

  private static NodeProcess start(String jar, Map<String, String> settings, @Nullable Path log) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    if (jar.isEmpty()) {
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add("io.crewline.Crewline");
    } else {
      command.add("-jar");
      command.add(jar);
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> !name.equals("PATH") && !name.equals("HOME"));
    builder.environment().put("PORT", "0");
    builder.environment().putAll(settings);
    try {
      return new NodeProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the node answers. Returns its port. One that does not prints its threads. */
  public int awaitPort() {
    try {
      return port.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException | java.util.concurrent.ExecutionException e) {
      if (e instanceof TimeoutException) {
        signal("QUIT");
      }
      throw new IllegalStateException("the node did not start:\n" + output, e);
    }
  }

  /** Everything that the process has printed so far. */
  public String output() {
    return output.toString();
  }

  /** Sends it a signal, such as {@code INT} or {@code STOP}. */
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks it to stop (SIGTERM). */
  public void terminate() {
    process.destroy();
  }

  /** Stops it where it stands (SIGSTOP), its connections open. */
  public void freeze() {
    signal("STOP");
  }

  /** Lets it go on (SIGCONT). */
  public void thaw() {
    signal("CONT");
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Kills it without a chance to say goodbye (SIGKILL). */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Waits for its end. Returns the exit code. */
  public int awaitExit() {
    try {
      if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the node does not end:\n" + output);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      terminate();
      awaitExit();
    }
  }

  private void read() {
    try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        Writer file =
            log == null
                ? Writer.nullWriter()
                : Files.newBufferedWriter(
                    log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (log == null) {
          output.append(line).append('\n');
        } else {
          file.append(line).append('\n').flush();
        }
        Matcher matcher = PORT.matcher(line);
        if (matcher.find()) {
          port.complete(Integer.valueOf(matcher.group(1)));
        }
      }
    } catch (IOException e) {
      output.append(e);
    } finally {
      port.completeExceptionally(new IllegalStateException("the process ended"));
    }
  }
}
