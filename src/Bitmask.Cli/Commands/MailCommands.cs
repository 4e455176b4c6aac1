using System.CommandLine;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>mail status|get_token|msg_status.</summary>
internal static class MailCommands
{
    public static Command Build(CommandRunner run) => new("mail", "Mail of an account.") { Status(run), GetToken(run), MessageStatus(run) };

    private static Command Status(CommandRunner run)
    {
        var address = new Argument<string>("address") { Description = "The account." };
        var command = new Command("status", "Show what is in, and what is on its way in and out.") { address };
        run.Set(command, DaemonApiJson.Default.MailStatus, (client, parsed, cancellationToken) => client.MailStatusAsync(parsed.GetValue(address)!, cancellationToken), Read);
        return command;
    }

    private static Command GetToken(CommandRunner run)
    {
        var address = new Argument<string>("address") { Description = "The account." };
        var client = new Option<string?>("--client") { Description = "Name of the mail program; each has a token of its own." };
        var command = new Command("get_token", "Print the password for mail programs.") { address, client };
        run.Set(
            command,
            DaemonApiJson.Default.MailToken,
            (daemon, parsed, cancellationToken) => daemon.MailTokenAsync(parsed.GetValue(address)!, parsed.GetValue(client), cancellationToken),
            answer => $"user   {answer.User}\ntoken  {answer.Token}");
        return command;
    }

    private static Command MessageStatus(CommandRunner run)
    {
        var address = new Argument<string>("address") { Description = "The account." };
        var message = new Argument<string>("message-id") { Description = "The mail's Message-ID, without brackets." };
        var command = new Command("msg_status", "Show how a mail was protected when it arrived.") { address, message };
        run.Set(
            command,
            DaemonApiJson.Default.MessageSecurity,
            (client, parsed, cancellationToken) => client.MessageSecurityAsync(parsed.GetValue(address)!, parsed.GetValue(message)!, cancellationToken),
            answer => $"encryption  {answer.Encryption}\nsignature   {answer.Signature}{(answer.Signer is null ? "" : " by " + answer.Signer)}");
        return command;
    }

    private static string Read(MailStatus status)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{status.Address}: {status.Messages} mails in INBOX, {status.Unread} unread");
        foreach (var mail in status.Outbox)
        {
            foreach (var recipient in mail.Recipients)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nout {mail.Id} to {recipient.Address}: {recipient.State}{(recipient.Decision is null ? "" : $" ({recipient.Decision})")}{(recipient.Reason is null ? "" : ": " + recipient.Reason)}");
                if (recipient.NextAttempt is { } next)
                {
                    text.Append(CultureInfo.InvariantCulture, $", next attempt {next:u}");
                }
            }
        }

        foreach (var item in status.Incoming)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nin  {item.Id}: {item.State}, {item.Attempts} attempts{(item.Reason is null ? "" : ": " + item.Reason)}");
        }

        return text.ToString();
    }
}
