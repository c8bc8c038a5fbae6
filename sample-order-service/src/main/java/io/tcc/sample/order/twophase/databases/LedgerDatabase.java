package io.tcc.sample.order.twophase.databases;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** A second database of this service, beside the one that Spring Boot makes. */
@Configuration(proxyBeanMethods = false)
class LedgerDatabase {

  @Bean(defaultCandidate = false)
  @ConfigurationProperties("ledger.datasource")
  DataSource ledgerDataSource() {
    return DataSourceBuilder.create().type(HikariDataSource.class).build();
  }

  @Bean(defaultCandidate = false)
  JdbcTransactionManager ledgerTransactionManager(
      @Qualifier("ledgerDataSource") DataSource ledger) {
    return new JdbcTransactionManager(ledger);
  }

  @Bean
  DataSourceScriptDatabaseInitializer ledgerSchema(
      @Qualifier("ledgerDataSource") DataSource ledger) {
    DatabaseInitializationSettings settings = new DatabaseInitializationSettings();
    settings.setSchemaLocations(List.of("classpath:ledger.sql"));
    settings.setMode(DatabaseInitializationMode.ALWAYS);
    return new DataSourceScriptDatabaseInitializer(ledger, settings);
  }
}
