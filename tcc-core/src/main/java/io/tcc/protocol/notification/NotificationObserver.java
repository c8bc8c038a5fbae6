package io.tcc.protocol.notification;

/** Hears {@link NotificationEvent}s. */
@FunctionalInterface
public interface NotificationObserver {

  void onEvent(NotificationEvent event);
}
