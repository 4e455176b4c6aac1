using System.CommandLine;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>user passphrase|kit|test-kit|recover: what an account is opened with.</summary>
internal static class SecretCommands
{
    public static Command Passphrase(CommandRunner run)
    {
        var (address, current, next) = (Address(), new Passphrase("passphrase", "present passphrase"), new Passphrase("new-passphrase", "new passphrase", "next"));
        var newKeys = new Option<bool>("--new-keys") { Description = "Also make new keys for all that comes: somebody may have had the old passphrase. Ends the recovery kit." };
        var command = new Command("passphrase", "Change the passphrase. A copy of the account from before stays open to the old one.") { address, newKeys };
        current.AddTo(command);
        next.AddTo(command);
        run.Set(
            command,
            parsed => (Current: current.Read(parsed, isNew: false), Next: next.Read(parsed, isNew: true)),
            DaemonApiJson.Default.PassphraseChanged,
            (client, parsed, secret, cancellationToken) => client.ChangePassphraseAsync(
                parsed.GetValue(address)!, new AccountSecrets { Passphrase = secret.Current, NewPassphrase = secret.Next, NewKeys = parsed.GetValue(newKeys) }, cancellationToken),
            (_, answer) => $"{answer.Address} has a new passphrase; your other devices ask for it when they next log in"
                + (answer.NewKeys ? $". The keys were renewed, so the recovery kit is void: make another one with bitmaskctl user kit {answer.Address}" : ""));
        return command;
    }

    public static Command Kit(CommandRunner run)
    {
        var (address, passphrase) = (Address(), new Passphrase());
        var file = new Option<FileInfo?>("--output") { Description = "Write the page to this new file, that only you can read, instead of printing it." };
        var command = new Command("kit", "Make a recovery kit: a page that opens the account when the passphrase is forgotten. Ends the kit before.") { address, file };
        passphrase.AddTo(command);
        run.Set(
            command,
            parsed =>
            {
                // Before anything is done: a kit that can not be written would be lost, and the one before it void.
                return parsed.GetValue(file) is { Exists: true } existing ? throw new PassphraseException($"{existing.FullName} exists; nothing was done.") : passphrase.Read(parsed, isNew: false);
            },
            DaemonApiJson.Default.RecoveryKit,
            (client, parsed, secret, cancellationToken) => client.MakeKitAsync(parsed.GetValue(address)!, new AccountSecrets { Passphrase = secret }, cancellationToken),
            (parsed, kit) => parsed.GetValue(file) is { } path ? Save(path, kit) : kit.Page.TrimEnd());
        return command;
    }

    public static Command TestKit(CommandRunner run)
    {
        var (address, kit) = (Address(), new KitInput());
        var command = new Command("test-kit", "See whether a recovery kit works, without changing anything.") { address };
        kit.AddTo(command);
        run.Set(
            command,
            kit.Read,
            DaemonApiJson.Default.KitTest,
            (client, parsed, secret, cancellationToken) => client.TestKitAsync(parsed.GetValue(address)!, new AccountSecrets { Code = secret.Code, CaSha256 = secret.CaSha256 }, cancellationToken),
            (_, answer) => string.Create(CultureInfo.InvariantCulture, $"the kit opens {answer.Address}: keys of serial {answer.Serial}, OpenPGP key {answer.Fingerprint}"));
        return command;
    }

    public static Command Recover(CommandRunner run)
    {
        var (address, kit, passphrase) = (Address(), new KitInput(), new Passphrase("passphrase", "new passphrase", "next"));
        var command = new Command("recover", "Add an account to this device with its recovery kit, and give it a new passphrase.") { address };
        kit.AddTo(command);
        passphrase.AddTo(command);
        run.Set(
            command,
            parsed => (Kit: kit.Read(parsed), Passphrase: passphrase.Read(parsed, isNew: true)),
            DaemonApiJson.Default.UserAnswer,
            (client, parsed, secret, cancellationToken) => client.RecoverAsync(
                parsed.GetValue(address)!, new AccountSecrets { Code = secret.Kit.Code, CaSha256 = secret.Kit.CaSha256, Passphrase = secret.Passphrase }, cancellationToken),
            (_, answer) => $"{answer.Address} is on this device and has a new passphrase. The kit stays good; if somebody else may have seen it, make another one: bitmaskctl user kit {answer.Address}");
        return command;
    }

    private static string Save(FileInfo file, RecoveryKit kit)
    {
        try
        {
            // CreateNew: never over another file, nor through a link; closed to others from the first octet.
            using var stream = new FileStream(file.FullName, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            stream.Write(Encoding.UTF8.GetBytes(kit.Page));
            stream.Flush(flushToDisk: true);
            return $"the kit of {kit.Address} is in {file.FullName}: print it, then delete the file";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{kit.Page.TrimEnd()}\n\n{file.FullName} could not be written ({e.Message}); the kit stands above.";
        }
    }

    private static Argument<string> Address() => new("address") { Description = "The mail address, name@domain." };
}
