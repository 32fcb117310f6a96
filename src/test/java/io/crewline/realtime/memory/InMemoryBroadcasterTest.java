package io.crewline.realtime.memory;

import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.BroadcasterContract;

final class InMemoryBroadcasterTest extends BroadcasterContract {
  private final InMemoryBus bus = new InMemoryBus();

  @Override
  protected Broadcaster newNode() {
    return new InMemoryBroadcaster(bus);
  }
}
