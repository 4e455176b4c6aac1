using System.CommandLine;
using System.Globalization;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>devices list|name|remove.</summary>
internal static class DeviceCommands
{
    public static Command Build(CommandRunner run) => new("devices", "Devices of an account.") { List(run), Name(run), Remove(run) };

    private static Command List(CommandRunner run)
    {
        var account = Account();
        var command = new Command("list", "List the devices.") { account };
        run.Set(
            command,
            DaemonApiJson.Default.IReadOnlyListDeviceLine,
            (client, parsed, cancellationToken) => client.DevicesAsync(parsed.GetValue(account)!, cancellationToken),
            devices => devices.Count == 0 ? "no devices" : string.Join('\n', devices.Select(Read)));
        return command;
    }

    private static Command Name(CommandRunner run)
    {
        var (account, device) = (Account(), Device());
        var name = new Argument<string>("name") { Description = "Its new name." };
        var command = new Command("name", "Give a device another name.") { account, device, name };
        run.Set(
            command,
            DaemonApiJson.Default.DeviceLine,
            (client, parsed, cancellationToken) => client.NameDeviceAsync(parsed.GetValue(account)!, parsed.GetValue(device)!, parsed.GetValue(name)!, cancellationToken),
            Read);
        return command;
    }

    private static Command Remove(CommandRunner run)
    {
        var (account, device, passphrase) = (Account(), Device(), new Passphrase());
        var command = new Command("remove", "Remove a lost device: the provider refuses it, and it can not read what comes. What it holds, it holds.") { account, device };
        passphrase.AddTo(command);
        run.Set(
            command,
            passphrase,
            isNew: false,
            DaemonApiJson.Default.DeviceRemoved,
            (client, parsed, secret, cancellationToken) => client.RemoveDeviceAsync(parsed.GetValue(account)!, parsed.GetValue(device)!, new AccountSecrets { Passphrase = secret }, cancellationToken),
            answer => $"{answer.Name} ({answer.Id}) was removed. Your other devices ask for the passphrase once, and the recovery kit is void: make another one with bitmaskctl user kit {answer.Address}");
        return command;
    }

    private static string Read(DeviceLine device)
        => string.Create(CultureInfo.InvariantCulture, $"{device.Id}  {device.Name}  added {device.Created:yyyy-MM-dd}, seen {device.Seen:yyyy-MM-dd}{(device.IsOwn ? "  (this device)" : "")}");

    private static Argument<string> Account() => new("account") { Description = "The account." };

    private static Argument<string> Device() => new("device") { Description = "Id or name of the device." };
}
