using System.CommandLine;
using System.Globalization;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>store check.</summary>
internal static class StoreCommands
{
    public static Command Build(CommandRunner run) => new("store", "An account's database on this device.") { Check(run) };

    private static Command Check(CommandRunner run)
    {
        var address = new Argument<string>("address") { Description = "The account; it must be unlocked, unless the check is --offline." };
        var repair = new Option<bool>("--repair") { Description = "Make anew what follows from the documents: indexes, the tables that mail is read from. Documents are not touched." };
        var salvage = new Option<bool>("--salvage") { Description = "With --offline: bring what can be read of a damaged database into a new one and keep the damaged one aside; the next sync fetches what is missing." };
        var command = new Command("check", "Look through the whole database for damage and contradictions; ends with 1 when there are any.") { address };
        var offline = new Option<bool>("--offline") { Description = "Check it while no daemon runs, with the account's passphrase: also a database that no daemon can open any more." };
        var passphrase = new Passphrase();
        command.Options.Add(repair);
        command.Options.Add(offline);
        command.Options.Add(salvage);
        command.Validators.Add(result =>
        {
            if (result.GetValue(salvage) && (!result.GetValue(offline) || result.GetValue(repair)))
            {
                result.AddError("--salvage goes with --offline, and without --repair.");
            }
        });
        passphrase.AddTo(command);
        run.Set(
            command,
            offline,
            passphrase,
            DaemonApiJson.Default.StoreChecked,
            (client, parsed, cancellationToken) => client.CheckStoreAsync(parsed.GetValue(address)!, parsed.GetValue(repair), cancellationToken),
            (location, parsed, secret, cancellationToken) => OfflineDaemon.CheckStoreAsync(location, parsed.GetValue(address)!, parsed.GetValue(repair) ? "--repair" : parsed.GetValue(salvage) ? "--salvage" : null, secret, cancellationToken),
            Read,
            answer => answer.Faults.Count == 0);
        return command;
    }

    private static string Read(StoreChecked answer)
    {
        var repaired = answer.Repaired is { } count ? string.Create(CultureInfo.InvariantCulture, $", {count} faults were found and repaired") : "";
        var salvaged = answer.Salvaged is { } done ? Read(done) + "\n" : "";
        return salvaged + (answer.Faults.Count == 0
            ? $"{answer.Address}: all is well{repaired}"
            : string.Create(CultureInfo.InvariantCulture, $"{answer.Address}: {answer.Faults.Count} faults{(answer.Repaired is null ? "" : " are left after the repair")}\n{string.Join('\n', answer.Faults)}"));
    }

    private static string Read(StoreSalvaged done)
    {
        var count = string.Create(CultureInfo.InvariantCulture, $"{done.DamagedPages} pages could not be read; {done.Documents} documents are in a new database, {done.LostDocuments} that are missing come with the next sync.");
        var lost = done.Lost.Count == 0 ? "" : "\nLost, unless the provider has it: " + string.Join("; ", done.Lost) + ".";
        return $"{count}{lost}\nThe damaged files are kept in {done.KeptAside}.";
    }
}
