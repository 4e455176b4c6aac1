using System.CommandLine;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>mail status|get_token|msg_status|preflight|check|reindex.</summary>
internal static class MailCommands
{
    public static Command Build(CommandRunner run) => new("mail", "Mail of an account.") { Status(run), GetToken(run), MessageStatus(run), OutboxCommands.Preflight(run), Check(run), Reindex(run) };

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
        var message = new Argument<string>("message-id") { Description = "The mail's Message-ID." };
        var command = new Command("msg_status", "Show how a mail was protected when it arrived.") { address, message };
        run.Set(
            command,
            DaemonApiJson.Default.MessageSecurity,
            (client, parsed, cancellationToken) => client.MessageSecurityAsync(parsed.GetValue(address)!, parsed.GetValue(message)!, cancellationToken),
            answer => $"encryption  {answer.Encryption} ({answer.EncryptionCode})\nsignature   {answer.Signature}{(answer.Signer is null ? "" : " by " + answer.Signer)} ({answer.SignatureCode})");
        return command;
    }

    private static Command Check(CommandRunner run)
    {
        var address = OptionalAddress();
        var command = new Command("check", "Compare what is shown of the mail with the documents it follows from; ends with 1 when something differs.") { address };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListMailCheckAnswer,
            (client, parsed, cancellationToken) => ForEachAsync(client, parsed.GetValue(address), client.CheckMailAsync, cancellationToken),
            answers => Read(answers.Select(answer => (answer.Address, answer.Differences, answer.Waiting)), "all is well", "bitmaskctl mail reindex"),
            answers => answers.All(answer => answer.Differences.Count == 0));
        return command;
    }

    private static Command Reindex(CommandRunner run)
    {
        var address = OptionalAddress();
        var command = new Command("reindex", "Derive what is shown of the mail anew from its documents. UIDs stay, nothing is fetched or sent; search fills its index again by and by.") { address };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListMailReindexAnswer,
            (client, parsed, cancellationToken) => ForEachAsync(client, parsed.GetValue(address), client.ReindexMailAsync, cancellationToken),
            answers => Read(answers.Select(answer => (answer.Address, answer.Differences, answer.Waiting)), "derived anew", hint: null),
            answers => answers.All(answer => answer.Differences.Count == 0));
        return command;
    }

    private static Argument<string?> OptionalAddress()
        => new("address") { Description = "The account; all that are unlocked when none is named.", Arity = ArgumentArity.ZeroOrOne };

    private static async Task<IReadOnlyList<T>> ForEachAsync<T>(DaemonClient client, string? address, Func<string, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var addresses = address is not null ? [address] : (await client.StatusAsync(cancellationToken)).Accounts.Where(account => account.Unlocked).Select(account => account.Address).ToList();
        if (addresses.Count == 0)
        {
            throw new DaemonClientException(new DaemonError("locked", "No account is unlocked.", "Unlock one with: bitmaskctl user auth ADDRESS"));
        }

        var answers = new List<T>();
        foreach (var each in addresses)
        {
            answers.Add(await ask(each, cancellationToken));
        }

        return answers;
    }

    private static string Read(IEnumerable<(string Address, IReadOnlyList<string> Differences, long Waiting)> answers, string well, string? hint)
    {
        var text = new StringBuilder();
        foreach (var (address, differences, waiting) in answers)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(address).Append(": ");
            text.Append(differences.Count switch { 0 => well, 1 => "1 difference", var many => string.Create(CultureInfo.InvariantCulture, $"{many} differences") });
            text.Append(waiting > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {waiting} mails wait for the search index") : "");
            foreach (var difference in differences)
            {
                text.Append("\n  ").Append(difference);
            }

            text.Append(differences.Count > 0 && hint is not null ? $"\nMend it with: {hint} {address}" : "");
        }

        return text.ToString();
    }

    private static string Read(MailStatus status)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{status.Address}: {status.Messages} mails in INBOX, {status.Unread} unread");
        foreach (var mail in status.Outbox)
        {
            text.Append('\n').Append(OutboxCommands.Read(mail));
        }

        foreach (var item in status.Incoming)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nin  {item.Id}: {item.State}, {item.Attempts} attempts{(item.Reason is null ? "" : ": " + item.Reason)}");
        }

        return text.ToString();
    }
}
