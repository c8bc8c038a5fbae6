package io.tcc.boot;

import io.tcc.log.jdbc.Schema;
import org.springframework.beans.factory.InitializingBean;

/**
 * Creates the tables of the transaction log where that is wanted. Everything that depends on the
 * initialization of the database depends on this too; see {@link LogSchemaInitializerDetector}.
 */
final class LogSchemaInitializer implements InitializingBean {

  private final Schema schema;
  private final boolean create;

  LogSchemaInitializer(Schema schema, boolean create) {
    this.schema = schema;
    this.create = create;
  }

  @Override
  public void afterPropertiesSet() {
    if (create) {
      schema.create();
    }
  }
}
