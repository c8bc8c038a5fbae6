package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Notify;
import io.tcc.annotation.Outbox;
import io.tcc.annotation.TransactionalMessage;
import io.tcc.annotation.TwoPhase;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalTransactions;
import io.tcc.log.PayloadCodec;
import io.tcc.participant.MethodProtocol;
import io.tcc.protocol.message.TransactionalMessages;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.protocol.notification.Notifications;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.twophase.PreparedMethods;
import io.tcc.protocol.twophase.jdbc.TwoPhaseWork;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.aop.Advisor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.util.function.SingletonSupplier;

/**
 * Makes annotations take effect: the advisors, and the examination of the application at start-up.
 * The application context has to have one bean each of {@link GlobalTransactions}, {@link
 * TransactionContext} and {@link DoorSettings}, and of each {@link MethodProtocol} that is used; it
 * may have one of {@link Notifications} and {@link NotificationReceiver}, and those of a local
 * message table: {@link LocalTransactions}, {@link MessageStore}, {@link PayloadCodec}, {@link
 * Topics}, {@link Inbox} and {@link ReplyDesk}. None of them is made before the application's own
 * beans ask for it: advisors exist before everything that they may advise.
 */
@Configuration(proxyBeanMethods = false)
@EnableAspectJAutoProxy
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public class DoorConfiguration {

  /**
   * Outside of every other advice, so that nothing is left of the call when the outcome is driven.
   */
  static final int GLOBAL_TX_ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

  /** Just outside the local transaction of {@code @Transactional}, which joins. */
  static final int WORK_ORDER = Ordered.LOWEST_PRECEDENCE - 10;

  /** Inside of the branch whose local transaction stores the message, outside of that of others. */
  static final int OUTBOX_ORDER = WORK_ORDER + 1;

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccGlobalTxAdvisor(
      ObjectProvider<GlobalTransactions> transactions,
      ObjectProvider<TransactionContext> context,
      GlobalTxSpecs specs) {
    return AnnotationAdvisors.advisor(
        GlobalTx.class,
        new GlobalTxInterceptor(later(transactions), later(context), specs),
        GLOBAL_TX_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccTryAdvisor(
      ObjectProvider<TransactionContext> context,
      ObjectProvider<Tcc> protocol,
      Participants participants,
      LocalAttributes attributes) {
    return work(Notation.TCC, context, protocol, participants, attributes);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccPrepareAdvisor(
      ObjectProvider<TransactionContext> context,
      ObjectProvider<PreparedMethods> protocol,
      Participants participants,
      LocalAttributes attributes) {
    return work(Notation.TWO_PHASE, context, protocol, participants, attributes);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccCanCommitAdvisor(
      ObjectProvider<TransactionContext> context,
      ObjectProvider<ThreePhase> protocol,
      Participants participants,
      LocalAttributes attributes) {
    return work(Notation.THREE_PHASE, context, protocol, participants, attributes);
  }

  private static Advisor work(
      Notation notation,
      ObjectProvider<TransactionContext> context,
      ObjectProvider<? extends MethodProtocol> protocol,
      Participants participants,
      LocalAttributes attributes) {
    return AnnotationAdvisors.advisor(
        notation.work(),
        new WorkInterceptor(notation, later(context), later(protocol), participants, attributes),
        WORK_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccTwoPhaseAdvisor(
      ObjectProvider<TransactionContext> context,
      ObjectProvider<TwoPhaseWork> work,
      ObjectProvider<TwoPhaseSettings> settings,
      LocalAttributes attributes) {
    return AnnotationAdvisors.advisor(
        TwoPhase.class,
        new TwoPhaseInterceptor(later(context), later(work), later(settings), attributes),
        WORK_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccTransactionalMessageAdvisor(
      ObjectProvider<TransactionalMessages> messages,
      ObjectProvider<PayloadCodec> codec,
      TransactionalMessageSpecs specs) {
    return AnnotationAdvisors.advisor(
        TransactionalMessage.class,
        new TransactionalMessageInterceptor(later(messages), later(codec), specs),
        WORK_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static TransactionalMessageSpecs tccTransactionalMessageSpecs(
      LocalAttributes attributes,
      ConfigurableListableBeanFactory beans,
      ObjectProvider<TransactionalMessages> messages) {
    return new TransactionalMessageSpecs(
        attributes,
        text -> Objects.requireNonNull(beans.resolveEmbeddedValue(text)),
        messages::getIfAvailable);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccNotifyAdvisor(ObjectProvider<Notifications> notifications, NotifySpecs specs) {
    return AnnotationAdvisors.advisor(
        Notify.class, new NotifyInterceptor(later(notifications), specs), WORK_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static NotifySpecs tccNotifySpecs(ObjectProvider<Notifications> notifications) {
    return new NotifySpecs(notifications::getIfAvailable);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static NotificationListeners tccNotificationListeners(
      ConfigurableListableBeanFactory beans,
      LocalAttributes attributes,
      ObjectProvider<NotificationReceiver> receiver) {
    return new NotificationListeners(beans, attributes, receiver::getIfAvailable);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static DivergenceListeners tccDivergenceListeners(ConfigurableListableBeanFactory beans) {
    return new DivergenceListeners(beans);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccOutboxAdvisor(
      ObjectProvider<TransactionContext> context,
      ObjectProvider<LocalTransactions> local,
      ObjectProvider<MessageStore> store,
      ObjectProvider<PayloadCodec> codec,
      ObjectProvider<DoorSettings> settings,
      OutboxSpecs specs,
      LocalAttributes attributes) {
    return AnnotationAdvisors.advisor(
        Outbox.class,
        new OutboxInterceptor(
            later(context),
            later(local),
            later(store),
            later(codec),
            () -> settings.getObject().timeout(),
            specs,
            attributes),
        OUTBOX_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static OutboxSpecs tccOutboxSpecs(ObjectProvider<Topics> topics) {
    return new OutboxSpecs(topics::getIfAvailable);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static OutboxListeners tccOutboxListeners(
      ConfigurableListableBeanFactory beans,
      LocalAttributes attributes,
      ObjectProvider<PayloadCodec> codec,
      ObjectProvider<Topics> topics) {
    return new OutboxListeners(beans, attributes, later(codec), topics::getIfAvailable);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static InnermostAdvice tccInnermostAdvice() {
    return new InnermostAdvice();
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static LocalAttributes tccLocalAttributes(ObjectProvider<TransactionAttributeSource> source) {
    return new LocalAttributes(
        SingletonSupplier.of(
            () -> {
              TransactionAttributeSource ofTheApplication = source.getIfUnique();
              return ofTheApplication == null
                  ? new AnnotationTransactionAttributeSource(false)
                  : ofTheApplication;
            }));
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static GlobalTxSpecs tccGlobalTxSpecs(
      LocalAttributes attributes,
      ConfigurableListableBeanFactory beans,
      ObjectProvider<DoorSettings> settings) {
    return new GlobalTxSpecs(
        attributes,
        text -> Objects.requireNonNull(beans.resolveEmbeddedValue(text)),
        () -> settings.getObject().timeout());
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Participants tccParticipants(ConfigurableListableBeanFactory beans) {
    return new Participants(beans);
  }

  @Bean
  @Lazy(false)
  static StartUp tccStartUp(
      ConfigurableListableBeanFactory beans,
      Participants participants,
      GlobalTxSpecs specs,
      TransactionalMessageSpecs messages,
      LocalAttributes attributes,
      DoorSettings settings,
      NotifySpecs notifySpecs,
      NotificationListeners notificationListeners,
      OutboxSpecs outboxSpecs,
      OutboxListeners outboxListeners,
      DivergenceListeners divergenceListeners,
      ObjectProvider<Inbox> inbox,
      ObjectProvider<ReplyDesk> replies,
      ObjectProvider<TwoPhaseSettings> databases) {
    TwoPhaseSettings twoPhase = databases.getIfAvailable(() -> new TwoPhaseSettings(Map.of()));
    return new StartUp(
        new AnnotatedBeans(beans),
        participants,
        List.of(
            new MethodRules(),
            new ProxyRules(beans),
            new TransactionalRules(attributes, beans, settings.manager(), twoPhase),
            new TwoPhaseRules(twoPhase),
            specs,
            messages,
            participants,
            notifySpecs,
            notificationListeners,
            outboxSpecs,
            outboxListeners,
            divergenceListeners,
            new SelfInvocations()),
        notation -> beans.getBean(notation.protocol()),
        () -> {
          notificationListeners.register();
          outboxListeners.register(later(inbox), later(replies));
        });
  }

  private static <T> Supplier<T> later(ObjectProvider<T> provider) {
    return SingletonSupplier.of(provider::getObject);
  }
}
