using System.CommandLine;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>outbox list|release|retry|schedule|cancel|edit, and mail preflight.</summary>
internal static class OutboxCommands
{
    public static Command Build(CommandRunner run) => new("outbox", "Mail on its way out.") { List(run), Release(run), Retry(run), Schedule(run), Cancel(run), Edit(run) };

    public static Command Preflight(CommandRunner run)
    {
        var account = Account();
        var recipients = new Argument<string[]>("recipient") { Description = "Whom you want to write to.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("preflight", "Show what would happen to a mail to these recipients; ends with 1 when a copy would leave in clear or be held.") { account, recipients };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListPreflightLine,
            (client, parsed, cancellationToken) => client.PreflightAsync(parsed.GetValue(account)!, parsed.GetValue(recipients)!, cancellationToken),
            lines => string.Join('\n', lines.Select(line => $"{line.Address}  {line.Code}{(line.Fingerprint is null ? "" : " " + line.Fingerprint)}{(line.Reason is null ? "" : "  " + line.Reason)}")),
            lines => lines.All(line => line.Code is "out.known" or "out.confirmed"));
        return command;
    }

    private static Command List(CommandRunner run)
    {
        var account = Account();
        var command = new Command("list", "List the mails that have not left to everybody, and why.") { account };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListOutboxLine,
            (client, parsed, cancellationToken) => client.OutboxAsync(parsed.GetValue(account)!, cancellationToken),
            mails => mails.Count == 0 ? "nothing waits" : string.Join('\n', mails.Select(Read)));
        return command;
    }

    private static Command Release(CommandRunner run)
    {
        var (account, mail) = (Account(), Mail());
        var recipient = new Argument<string>("recipient") { Description = "The recipient who is held." };
        var inClear = new Option<bool>("--in-clear") { Description = "Let it leave unencrypted. Without this it leaves encrypted to the key that is known now." };
        var command = new Command("release", "Decide for a recipient who is held.") { account, mail, recipient, inClear };
        SetAct(
            run,
            command,
            (client, parsed, cancellationToken) => client.ReleaseOutgoingAsync(
                parsed.GetValue(account)!, parsed.GetValue(mail)!, new OutboxRelease(parsed.GetValue(recipient)!, parsed.GetValue(inClear)), cancellationToken),
            _ => "released");
        return command;
    }

    private static Command Retry(CommandRunner run)
    {
        var (account, mail) = (Account(), Mail());
        var command = new Command("retry", "Try a mail again now, whatever it waits for.") { account, mail };
        SetAct(run, command, (client, parsed, cancellationToken) => client.RetryOutgoingAsync(parsed.GetValue(account)!, parsed.GetValue(mail)!, cancellationToken), _ => "is tried now");
        return command;
    }

    private static Command Schedule(CommandRunner run)
    {
        var (account, mail) = (Account(), Mail());
        var time = new Argument<DateTimeOffset?>("time")
        {
            Description = "The earliest time that it leaves, such as 2030-01-31T08:00+01:00, or now. It leaves from this device: the device must run and be unlocked then.",
            CustomParser = result =>
            {
                if (result.Tokens[0].Value == "now")
                {
                    return null;
                }

                if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var when))
                {
                    return when;
                }

                result.AddError("That is neither a time nor \"now\".");
                return null;
            },
        };
        var command = new Command("schedule", "Put a mail off to a time, or let it leave now.") { account, mail, time };
        SetAct(
            run,
            command,
            (client, parsed, cancellationToken) => client.ScheduleOutgoingAsync(parsed.GetValue(account)!, parsed.GetValue(mail)!, new OutboxSchedule(parsed.GetValue(time)), cancellationToken),
            _ => "is scheduled");
        return command;
    }

    private static Command Cancel(CommandRunner run)
    {
        var (account, mail) = (Account(), Mail());
        var command = new Command("cancel", "Take a mail back that has not left; its copy in Sent goes, too.") { account, mail };
        SetAct(run, command, (client, parsed, cancellationToken) => client.WithdrawOutgoingAsync(parsed.GetValue(account)!, parsed.GetValue(mail)!, toDrafts: false, cancellationToken), Withdrawn);
        return command;
    }

    private static Command Edit(CommandRunner run)
    {
        var (account, mail) = (Account(), Mail());
        var command = new Command("edit", "Take a mail back that has not left, and put it into Drafts, to be changed and sent again.") { account, mail };
        SetAct(
            run,
            command,
            (client, parsed, cancellationToken) => client.WithdrawOutgoingAsync(parsed.GetValue(account)!, parsed.GetValue(mail)!, toDrafts: true, cancellationToken),
            answer => Withdrawn(answer) + "; it is in Drafts now");
        return command;
    }

    private static void SetAct(CommandRunner run, Command command, Func<DaemonClient, ParseResult, CancellationToken, Task<OutboxAnswer>> act, Func<OutboxAnswer, string> read)
        => run.Set(command, DaemonApiJson.Default.OutboxAnswer, act, answer => $"{answer.Id} {read(answer)}");

    private static string Withdrawn(OutboxAnswer answer)
        => answer.Relayed.Count == 0 ? "was taken back; nobody has got it" : $"was taken back, but was on its way already to {string.Join(", ", answer.Relayed)}";

    public static string Read(OutboxLine mail)
    {
        var text = new StringBuilder();
        foreach (var recipient in mail.Recipients)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(
                CultureInfo.InvariantCulture,
                $"out {mail.Id} to {recipient.Address}: {recipient.State}{(recipient.Decision is null ? "" : $" ({recipient.Decision})")}{(recipient.Reason is null ? "" : ": " + recipient.Reason)}");
            if (mail.NotBefore is { } start && recipient.State == "waiting")
            {
                text.Append(CultureInfo.InvariantCulture, $", not before {start:u}");
            }

            if (recipient.NextAttempt is { } next)
            {
                text.Append(CultureInfo.InvariantCulture, $", next attempt {next:u}");
            }
        }

        return text.ToString();
    }

    private static Argument<string> Account() => new("account") { Description = "The account." };

    private static Argument<string> Mail() => new("mail") { Description = "The mail's id; see outbox list." };
}
