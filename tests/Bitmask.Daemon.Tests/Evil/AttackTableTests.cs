using System.Reflection;
using System.Text;
using Bitmask.Testing;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>docs/malicious-provider.md is the list of attacks, and each of them is really tried. UPDATE_GOLDEN=1 writes the file anew.</summary>
public sealed class AttackTableTests
{
    private const string Head = """
        # What a malicious provider can do, and how it is told

        A provider, or somebody who stands before it with its certificates, can answer whatever it likes. This is the list of what is tried against whole daemons and
        a real provider with a hostile proxy between them (`tests/Bitmask.Daemon.Tests/Evil`). Each attempt must end in a named error or event, leave what is stored
        on the device as it was, and see no octets that depend on a secret beyond a login. `bitmaskctl status` shows the events.

        Two things can not be told: a brand-new device that is shown an old but whole state, and a provider that keeps everything new from everybody. Both end when the devices see each other's news.

        | the provider … | ends in | and on the device | test |
        |---|---|---|---|

        """;

    [Fact]
    public async Task Document_IsTheListOfAttacks()
    {
        var text = Attacks.All.Aggregate(new StringBuilder(Head), static (all, attack) => all.Append(
            System.Globalization.CultureInfo.InvariantCulture, $"| {attack.What} | `{attack.Event}` | {attack.Here} | `{attack.Tests.Name}.{attack.Test}` |\n")).ToString();
        var path = Path.Combine(Vectors.Repository(), "docs", "malicious-provider.md");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, text);
        }

        Assert.Equal(text, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public void EveryAttack_IsTriedByATest_ThatLooksForItsEvent()
        => Assert.All(Attacks.All, static attack => Assert.True(
            attack.Tests.GetMethod(attack.Test)?.GetCustomAttribute<FactAttribute>() is { Skip: null }, $"{attack.Tests.Name}.{attack.Test} is no test."));

    /// <summary>A test of the folder that is not in the table is one that nobody reads about.</summary>
    [Fact]
    public void EveryTestOfALie_IsInTheTable()
    {
        // What is honest, and what is about this device alone.
        string[] others =
        [
            nameof(FreshDeviceTests.Provider_Honest_TheAccountIsAdded), nameof(FreshDeviceTests.WebCertificate_OfAStranger_IsNotTrusted), nameof(SetUpDeviceTests.Provider_Honest_ChangesNothing),
            nameof(SetUpDeviceTests.Rejoin_DeviceIsRegisteredUnderItsNewId), nameof(SetUpDeviceTests.KeyRecord_NewEpochTakenOver_IsWrittenWithAtOnce),
            nameof(SetUpDeviceTests.IncomingItem_ThatIsNoMail_HoldsUpNobody), nameof(TwoDevicesTests.Home_CopiedAndBothRun_OneTakesANewNameAndNothingIsLost),
        ];
        Type[] classes = [typeof(FreshDeviceTests), typeof(SetUpDeviceTests), typeof(TwoDevicesTests), typeof(BlobLieTests)];
        var tests = classes.SelectMany(static tests => tests.GetMethods()).Where(static method => method.GetCustomAttribute<FactAttribute>() is not null).Select(static method => method.Name);

        Assert.Equal(tests.Except(others).Order(StringComparer.Ordinal), Attacks.All.Where(attack => classes.Contains(attack.Tests)).Select(static attack => attack.Test).Distinct().Order(StringComparer.Ordinal));
    }
}
