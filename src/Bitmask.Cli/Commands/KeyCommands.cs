using System.CommandLine;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>keys list|explain|export|export-secret|confirm|distrust|release|import|replace|delete|refresh|rotate|rotate-epoch.</summary>
internal static class KeyCommands
{
    private const int MaxKeyOctets = 64 * 1024;

    public static Command Build(CommandRunner run) => new("keys", "Keys of an account, and keys it knows.") 
    {
        List(run), Explain(run), Export(run), ExportSecret(run), Confirm(run), Distrust(run), Release(run),
        Import(run, "import", "Take in a public key that you vouch for."), Import(run, "replace", "Take in a public key that you vouch for, in place of the one in use."),
        Act(run, "delete", "Forget the key of an address, as if none had ever been known."), Act(run, "refresh", "Look for news of the key of an address now."), Rotate(run), RotateEpoch(run),
    };

    private static Command List(CommandRunner run)
    {
        var account = Account();
        var command = new Command("list", "List the keys.") { account };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListKeyLine,
            (client, parsed, cancellationToken) => client.KeysAsync(parsed.GetValue(account)!, cancellationToken),
            keys => keys.Count == 0 ? "no keys" : string.Join('\n', keys.Select(key => $"{key.Fingerprint}  {key.Address}  {(key.IsOwn ? "own" : key.Validation)}")));
        return command;
    }

    private static Command Export(CommandRunner run)
    {
        var account = Account();
        var address = new Argument<string>("address") { Description = "Whose key; the account's own when left out.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("export", "Print a public key in ASCII armor.") { account, address };
        run.Set(
            command,
            DaemonApiJson.Default.KeyExport,
            (client, parsed, cancellationToken) => client.ExportKeyAsync(parsed.GetValue(account)!, parsed.GetValue(address) ?? parsed.GetValue(account)!, cancellationToken),
            key => key.Armor.TrimEnd());
        return command;
    }

    private static Command ExportSecret(CommandRunner run)
    {
        var account = Account();
        var passphrase = new Passphrase(what: "passphrase of the exported key");
        var command = new Command("export-secret", "Print the account's own key with its secret half in ASCII armor, locked with a passphrase that you choose.") { account };
        passphrase.AddTo(command);
        run.Set(
            command,
            DaemonApiJson.Default.KeyExport,
            (client, parsed, cancellationToken) => client.ExportSecretKeyAsync(parsed.GetValue(account)!, new AccountSecrets { NewPassphrase = passphrase.Read(parsed, isNew: true) }, cancellationToken),
            key => key.Armor.TrimEnd());
        return command;
    }

    private static Command Explain(CommandRunner run)
    {
        var (account, address) = (Account(), Whose());
        var command = new Command("explain", "Show why an address has the key it has: from where, since when, by which rule, and what it replaced.") { account, address };
        run.Set(
            command,
            DaemonApiJson.Default.KeyExplained,
            (client, parsed, cancellationToken) => client.ExplainKeyAsync(parsed.GetValue(account)!, parsed.GetValue(address)!, cancellationToken),
            KeyText.Of);
        return command;
    }

    private static Command Confirm(CommandRunner run)
    {
        var fingerprint = new Argument<string[]>("fingerprint") { Description = "What the person told you: the fingerprint, in groups or not, or the text of the QR code.", Arity = ArgumentArity.OneOrMore };
        return Act(run, "confirm", "Say that you compared a fingerprint: its key is the address's from now on.", fingerprint, parsed => new KeyDecision { Fingerprint = string.Join(' ', parsed.GetValue(fingerprint)!) });
    }

    private static Command Distrust(CommandRunner run)
    {
        var fingerprint = new Argument<string?>("fingerprint") { Description = "The key; the one in use when left out.", Arity = ArgumentArity.ZeroOrOne };
        return Act(run, "distrust", "Never use a key for an address. Mail waits until there is another.", fingerprint, parsed => new KeyDecision { Fingerprint = parsed.GetValue(fingerprint) });
    }

    private static Command Release(CommandRunner run)
    {
        var undo = new Option<bool>("--undo") { Description = "Encrypt again." };
        return Act(run, "release", "Release an address from encryption: mail to it leaves in clear.", undo, parsed => new KeyDecision { Undo = parsed.GetValue(undo) });
    }

    private static Command Rotate(CommandRunner run)
    {
        var account = Account();
        var command = new Command("rotate", "Give the account's key another subkey to encrypt to; old mail stays readable.") { account };
        run.Set(
            command,
            DaemonApiJson.Default.KeyExplained,
            (client, parsed, cancellationToken) => client.DecideKeyAsync(parsed.GetValue(account)!, "rotate", parsed.GetValue(account)!, new KeyDecision(), cancellationToken),
            KeyText.Of);
        return command;
    }

    private static Command Import(CommandRunner run, string name, string description)
    {
        var file = new Argument<string>("file") { Description = "The key in ASCII armor." };
        return Act(run, name, description, file, parsed => new KeyDecision { Armor = ReadKey(parsed.GetValue(file)!) });
    }

    private static Command Act(CommandRunner run, string name, string description, Symbol? more = null, Func<ParseResult, KeyDecision>? decide = null)
    {
        var (account, address) = (Account(), Whose());
        var command = new Command(name, description) { account, address };
        if (more is Argument argument)
        {
            command.Arguments.Add(argument);
        }
        else if (more is Option option)
        {
            command.Options.Add(option);
        }

        run.Set(
            command,
            DaemonApiJson.Default.KeyExplained,
            (client, parsed, cancellationToken) => client.DecideKeyAsync(
                parsed.GetValue(account)!, name, parsed.GetValue(address)!, decide?.Invoke(parsed) ?? new KeyDecision(), cancellationToken),
            KeyText.Of);
        return command;
    }

    /// <summary>No more of a file than a key may have.</summary>
    private static string ReadKey(string path)
    {
        using var file = File.OpenRead(path);
        var octets = new byte[MaxKeyOctets];
        return System.Text.Encoding.UTF8.GetString(octets.AsSpan(0, file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)));
    }

    private static Command RotateEpoch(CommandRunner run)
    {
        var account = Account();
        var command = new Command("rotate-epoch", "Use new document keys for all that is written from now on.") { account };
        run.Set(
            command,
            DaemonApiJson.Default.EpochAnswer,
            (client, parsed, cancellationToken) => client.RotateEpochAsync(parsed.GetValue(account)!, cancellationToken),
            answer => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{answer.Address} writes with document keys {answer.Epoch} from now on"));
        return command;
    }

    private static Argument<string> Whose() => new("address") { Description = "Whose key." };

    private static Argument<string> Account() => new("account") { Description = "The account." };
}
