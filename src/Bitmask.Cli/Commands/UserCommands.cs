using System.CommandLine;
using System.Globalization;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>user create|auth|logout|list, and those of <see cref="SecretCommands"/>.</summary>
internal static class UserCommands
{
    public static Command Build(CommandRunner run) => new("user", "Accounts on this device.") 
    {
        Create(run), Auth(run), Logout(run), List(run), SecretCommands.Passphrase(run), SecretCommands.Kit(run), SecretCommands.TestKit(run), SecretCommands.Recover(run),
    };

    private static Command Create(CommandRunner run)
    {
        var (address, passphrase) = (Address(), new Passphrase());
        var command = new Command("create", "Make an account at its provider and on this device.") { address };
        passphrase.AddTo(command);
        run.Set(
            command,
            passphrase,
            isNew: true,
            DaemonApiJson.Default.UserAnswer,
            (client, parsed, secret, cancellationToken) => client.CreateUserAsync(new Credentials { Address = parsed.GetValue(address)!, Passphrase = secret }, cancellationToken),
            answer => $"{answer.Address} was made; its key is {answer.Fingerprint}");
        return command;
    }

    private static Command Auth(CommandRunner run)
    {
        var (address, passphrase) = (Address(), new Passphrase());
        var command = new Command("auth", "Unlock an account, or add an existing one to this device.") { address };
        passphrase.AddTo(command);
        run.Set(
            command,
            passphrase,
            isNew: false,
            DaemonApiJson.Default.UserAnswer,
            (client, parsed, secret, cancellationToken) => client.AuthenticateAsync(new Credentials { Address = parsed.GetValue(address)!, Passphrase = secret }, cancellationToken),
            answer => $"{answer.Address} is unlocked{(answer.Online ? "" : ", the provider could not be reached yet")}");
        return command;
    }

    private static Command Logout(CommandRunner run)
    {
        var address = Address();
        var command = new Command("logout", "Lock an account: mail programs are shut out, keys are wiped.") { address };
        run.Set(
            command,
            DaemonApiJson.Default.LogoutAnswer,
            (client, parsed, cancellationToken) => client.LogoutAsync(parsed.GetValue(address)!, cancellationToken),
            answer => string.Create(CultureInfo.InvariantCulture, $"{answer.Address} {(answer.WasUnlocked ? "is locked" : "was locked already")}{(answer.Outbox > 0 ? $"; {answer.Outbox} mails wait in the outbox until it is unlocked" : "")}"));
        return command;
    }

    private static Command List(CommandRunner run)
    {
        var command = new Command("list", "List the accounts on this device.");
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListUserLine,
            (client, _, cancellationToken) => client.UsersAsync(cancellationToken),
            users => users.Count == 0 ? "no accounts" : string.Join('\n', users.Select(user => $"{user.Address}  {user.Mode}  {(user.Unlocked ? "unlocked" : "locked")}")));
        return command;
    }

    private static Argument<string> Address() => new("address") { Description = "The mail address, name@domain." };
}
