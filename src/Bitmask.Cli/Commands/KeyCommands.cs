using System.CommandLine;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>keys list|export|rotate-epoch.</summary>
internal static class KeyCommands
{
    public static Command Build(CommandRunner run) => new("keys", "Keys of an account, and keys it knows.") { List(run), Export(run), RotateEpoch(run) };

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

    private static Argument<string> Account() => new("account") { Description = "The account." };
}
