package io.tcc.transport.http;

import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import java.util.List;

/**
 * Hears what became of this service's messages: {@code /reply}. The answer, always 200, says for
 * each result whether it is taken over.
 */
public final class ReplyEndpoint implements CoordinationEndpoint<ReplyEndpoint.Report> {

  private final ReplyDesk desk;

  public ReplyEndpoint(ReplyDesk desk) {
    this.desk = desk;
  }

  /** Results of one receiver. */
  public record Report(Site receiver, List<Result> results) {
    public Report {
      results = List.copyOf(results);
    }
  }

  @Override
  public String operation() {
    return Mail.REPLY;
  }

  @Override
  public Report read(CoordinationCall call) {
    // It is about rows of one log.
    call.toLog();
    return new Report(call.fromLog(), call.body(Mail.Report.class).toResults());
  }

  @Override
  public CoordinationReply answer(Report report) {
    List<Handover> handovers = desk.receive(report.receiver(), report.results());
    List<String> ids = report.results().stream().map(Result::message).toList();
    return new CoordinationReply(Replies.OK, Mail.Receipt.of(ids, handovers));
  }
}
