using System.Text.Json;
using Bitmask.Testing;

namespace Bitmask.Keys.Tests;

public class KeyReplacementTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Decide_EveryRowOfTheVectors_AsTheClientDoesAndNeverWeaker()
    {
        using var file = Vectors.Read("provider/keymanager.json");
        var rows = file.RootElement.GetProperty("decisions").EnumerateArray().ToList();
        var differing = 0;
        foreach (var row in rows)
        {
            var old = row.GetProperty("old");
            var inUse = old.ValueKind == JsonValueKind.Null ? null : Read(old);

            var decision = KeyReplacement.Decide(inUse, Level(row.GetProperty("new_validation")), Flag(row, "same_fingerprint"), Flag(row, "new_signed_by_old"), Now);

            Assert.True(decision.IsAccepted == row.GetProperty("accept").GetBoolean() && decision.Rule == row.GetProperty("rule").GetString(), row.ToString());
            if (decision.IsAccepted != row.GetProperty("accept_by_design_document").GetBoolean())
            {
                // The one thing the design paper allows in addition: any key in place of one that never expires. Refused here.
                Assert.True(!decision.IsAccepted && inUse!.Expires is null, row.ToString());
                differing++;
            }
        }

        Assert.True(differing > 0);
        Vectors.Report("provider/keymanager.json", rows.Count);
    }

    [Theory]
    [InlineData(ValidationLevel.KnownKey, true, false)]
    [InlineData(ValidationLevel.Fingerprint, false, true)]
    public void Decide_OldRevoked_OnlyWhatTheUserCompared(ValidationLevel level, bool isSignedByOld, bool isAccepted)
        => Assert.Equal(isAccepted, KeyReplacement.Decide(new KeyInUse(ValidationLevel.WeakChain, null, true, false, false), level, false, isSignedByOld, Now).IsAccepted);

    internal static ValidationLevel Level(JsonElement name) => ValidationLevels.Parse(name.GetString());

    private static KeyInUse Read(JsonElement old) => new(
        Level(old.GetProperty("validation")),
        old.GetProperty("expiry").GetString() switch { "past" => Now.AddDays(-1), "future" => Now.AddDays(1), _ => null },
        IsRevoked: false,
        old.GetProperty("sign_used").GetBoolean(),
        old.GetProperty("encr_used").GetBoolean());

    private static bool Flag(JsonElement row, string name) => row.TryGetProperty(name, out var flag) && flag.GetBoolean();
}
