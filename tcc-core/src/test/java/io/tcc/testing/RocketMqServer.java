package io.tcc.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.namesrv.NamesrvConfig;
import org.apache.rocketmq.namesrv.NamesrvController;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/**
 * A real name server and a real broker of RocketMQ, in this JVM until its end: stopping them would
 * take longer than most test classes. As a program of its own, {@link #main}, they can be killed
 * and started again on the same data.
 *
 * <p>The broker asks about a half message after one second, every second, {@value #CHECKS} times.
 */
public final class RocketMqServer {

  /** How often the broker asks about a half message before it gives up. */
  public static final int CHECKS = 3;

  private static final String NAME = "test";
  private static final int LOG_FILE_BYTES = 8 * 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final NamesrvController names;
  private final BrokerController broker;
  private final String nameServer;

  private RocketMqServer(Path folder, int namesPort, int brokerPort) throws Exception {
    NettyServerConfig namesListen = listening(namesPort);
    NamesrvConfig namesConfig = new NamesrvConfig();
    namesConfig.setKvConfigPath(folder.resolve("kv.json").toString());
    namesConfig.setConfigStorePath(folder.resolve("names.properties").toString());
    names = new NamesrvController(namesConfig, namesListen, new NettyClientConfig());
    if (!names.initialize()) {
      throw new IOException("the name server does not initialize");
    }
    names.start();
    nameServer = "127.0.0.1:" + namesListen.getListenPort();

    BrokerConfig config = new BrokerConfig();
    config.setBrokerName(NAME);
    config.setBrokerClusterName(NAME);
    config.setBrokerIP1("127.0.0.1");
    config.setNamesrvAddr(nameServer);
    config.setTransactionTimeOut(1000);
    config.setTransactionCheckInterval(1000);
    config.setTransactionCheckMax(CHECKS);
    config.setAutoCreateTopicEnable(false);
    MessageStoreConfig store = new MessageStoreConfig();
    store.setStorePathRootDir(folder.resolve("store").toString());
    store.setStorePathCommitLog(folder.resolve("store/commitlog").toString());
    store.setMappedFileSizeCommitLog(LOG_FILE_BYTES);
    store.setTimerWheelEnable(false);
    store.setHaListenPort(0);
    broker = new BrokerController(config, listening(brokerPort), new NettyClientConfig(), store);
    if (!broker.initialize()) {
      throw new IOException("the broker does not initialize");
    }
    broker.start();
  }

  private static NettyServerConfig listening(int port) {
    NettyServerConfig config = new NettyServerConfig();
    config.setBindAddress("127.0.0.1");
    config.setListenPort(port);
    return config;
  }

  /** The server of this JVM; the first call starts it. */
  public static RocketMqServer ofThisJvm() {
    return OfThisJvm.SERVER;
  }

  private static final class OfThisJvm {
    static final RocketMqServer SERVER = start();

    private static RocketMqServer start() {
      try {
        Path folder = Files.createDirectories(Path.of("target", "rocketmq").toAbsolutePath());
        Path own = Files.createTempDirectory(folder, "jvm");
        settleIn(own);
        return new RocketMqServer(own, 0, 0);
      } catch (Exception e) {
        throw new IllegalStateException("RocketMQ does not start: " + e, e);
      }
    }
  }

  /** Has to come before any class of RocketMQ is loaded. */
  private static void settleIn(Path folder) {
    System.setProperty("rocketmq.client.logRoot", folder.toString());
    // Consumers share the queues at once, and not after 20 seconds.
    System.setProperty("rocketmq.client.rebalance.waitInterval", "500");
    System.setProperty("rocketmq.client.rebalance.minInterval", "200");
    // A consumer that stops without saying so keeps others from its queues for a minute otherwise.
    System.setProperty("rocketmq.broker.rebalance.lockMaxLiveTime", "5000");
    System.setProperty("rocketmq.client.rebalance.lockInterval", "1000");
    String home = System.setProperty("user.home", folder.toString());
    System.setProperty(
        RemotingCommand.REMOTING_VERSION_KEY, Integer.toString(MQVersion.CURRENT_VERSION));
    // Loads what reads it.
    MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION);
    if (home == null) {
      System.clearProperty("user.home");
    }
  }

  /** {@code host:port}. */
  public String nameServer() {
    return nameServer;
  }

  /** Makes a topic with one queue, so that messages keep their order; returns when all know it. */
  public RocketMqServer topic(String topic) {
    broker.getTopicConfigManager().updateTopicConfig(new TopicConfig(topic, 1, 1));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (names.getRouteInfoManager().pickupTopicRouteData(topic) == null) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the broker does not register topic " + topic);
      }
      broker.registerBrokerAll(true, false, true);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    return this;
  }

  /**
   * Runs until it is killed; says {@code READY} when it serves.
   *
   * @param arguments folder, port of the name server, port of the broker, topics
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    settleIn(folder);
    RocketMqServer server =
        new RocketMqServer(folder, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    for (String topic : List.of(arguments).subList(3, arguments.length)) {
      server.topic(topic);
    }
    System.out.println("READY");
  }

  /** The same in a process of its own, which can be killed and started again. */
  public static final class InAProcess implements AutoCloseable {

    private final Path folder;
    private final int namesPort = freePort();
    private final int brokerPort = freePort();
    private final List<String> topics;
    private ServerProcess process;
    private int starts;

    /** Starts it. */
    public InAProcess(Path folder, String... topics) {
      this.folder = folder;
      this.topics = List.of(topics);
      // Its clients are in this JVM.
      settleIn(folder);
      start();
    }

    /** Starts it again, on the same data and ports; returns when it serves. */
    public void start() {
      Path log = folder.resolve("server-" + starts++ + ".log");
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "-Xmx512m",
              "-cp",
              System.getProperty("java.class.path"),
              RocketMqServer.class.getName(),
              folder.toString(),
              Integer.toString(namesPort),
              Integer.toString(brokerPort)));
      command.addAll(topics);
      try {
        process = ServerProcess.start(command, Map.of(), log);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!process.log().contains("READY")) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          throw new IllegalStateException("RocketMQ does not start: " + process.log());
        }
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    }

    public String nameServer() {
      return "127.0.0.1:" + namesPort;
    }

    /** SIGKILL. */
    public void kill() {
      process.kill();
    }

    @Override
    public void close() {
      if (process.isAlive()) {
        kill();
      }
    }

    private static int freePort() {
      try (ServerSocket socket = new ServerSocket(0)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
