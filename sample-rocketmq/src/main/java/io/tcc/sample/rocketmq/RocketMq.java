package io.tcc.sample.rocketmq;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
 * A real name server and a real broker in one process, on this machine only, until it is killed.
 */
public final class RocketMq {

  private static final int LOG_FILE_BYTES = 8 * 1024 * 1024;
  private static final int REGISTRATIONS = 20;
  private static final int PAUSE_MILLIS = 200;

  private RocketMq() {}

  /**
   * Runs them.
   *
   * @param arguments folder of the data, port of the name server, port of the broker, topics
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    // Before any class of RocketMQ is used.
    System.setProperty("user.home", folder.toString());
    System.setProperty("rocketmq.client.logRoot", folder.toString());
    System.setProperty(
        RemotingCommand.REMOTING_VERSION_KEY, Integer.toString(MQVersion.CURRENT_VERSION));

    NamesrvConfig names = new NamesrvConfig();
    names.setKvConfigPath(folder.resolve("kv.json").toString());
    names.setConfigStorePath(folder.resolve("names.properties").toString());
    NamesrvController nameServer =
        new NamesrvController(
            names, listening(Integer.parseInt(arguments[1])), new NettyClientConfig());
    nameServer.initialize();
    nameServer.start();

    BrokerConfig config = new BrokerConfig();
    config.setBrokerName("demo");
    config.setBrokerClusterName("demo");
    config.setBrokerIP1("127.0.0.1");
    config.setNamesrvAddr("127.0.0.1:" + arguments[1]);
    MessageStoreConfig store = new MessageStoreConfig();
    store.setStorePathRootDir(folder.resolve("store").toString());
    store.setStorePathCommitLog(folder.resolve("store/commitlog").toString());
    store.setMappedFileSizeCommitLog(LOG_FILE_BYTES);
    store.setTimerWheelEnable(false);
    store.setHaListenPort(0);
    BrokerController broker =
        new BrokerController(
            config, listening(Integer.parseInt(arguments[2])), new NettyClientConfig(), store);
    broker.initialize();
    broker.start();
    List<String> topics = Arrays.asList(arguments).subList(3, arguments.length);
    topics.forEach(
        topic -> broker.getTopicConfigManager().updateTopicConfig(new TopicConfig(topic, 4, 4)));
    // The first registrations may come too early to be kept.
    for (int i = 0; i < REGISTRATIONS; i++) {
      broker.registerBrokerAll(true, false, true);
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  private static NettyServerConfig listening(int port) {
    NettyServerConfig config = new NettyServerConfig();
    config.setBindAddress("127.0.0.1");
    config.setListenPort(port);
    return config;
  }
}
