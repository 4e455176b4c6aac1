using System.Text.Json;
using System.Text.Json.Nodes;
using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.Keys.Tests;

public class KeyDocumentTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Documents_OfTheVectors_WrittenAndReadAsLeapDoes()
    {
        using var file = Vectors.Read("provider/keymanager.json");
        var (key, active) = (file.RootElement.GetProperty("key_document"), file.RootElement.GetProperty("active_document"));
        var certificate = OpenPgpCertificate.Parse(key.GetProperty("key_data").GetString()!);
        var refreshed = DateTimeOffset.FromUnixTimeSeconds(key.GetProperty("refreshed_at").GetInt64());

        var written = JsonSerializer.Serialize(KeyDocument.From(certificate, null, refreshed), KeyJson.Default.KeyDocument);
        var writtenActive = JsonSerializer.Serialize(
            new ActiveDocument { Address = "alice@example.org", Fingerprint = certificate.Fingerprint.Value, Private = false, Validation = ValidationLevel.WeakChain.Name() },
            KeyJson.Default.ActiveDocument);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(key.GetRawText()), JsonNode.Parse(written)), written);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(active.GetRawText()), JsonNode.Parse(writtenActive)), writtenActive);
        Assert.NotNull(KeyDocuments.Read(key.GetRawText(), KeyJson.Default.KeyDocument));
        Assert.Equal(
            file.RootElement.GetProperty("levels_lowest_to_highest").EnumerateArray().Select(name => name.GetString()!),
            Enum.GetValues<ValidationLevel>().Select(level => level.Name()));
        Vectors.Report("provider/keymanager.json", 3);
    }

    [Fact]
    public void ParseAddress_OfTheVectors_SameAnswers()
    {
        using var file = Vectors.Read("provider/keymanager.json");
        var rows = file.RootElement.GetProperty("parse_address").EnumerateArray().ToList();

        Assert.All(rows, row => Assert.Equal(row.GetProperty("output").GetString(), KeyAddress.Parse(row.GetProperty("input").GetString()!)?.Address));

        Vectors.Report("provider/keymanager.json", rows.Count);
    }

    [Fact]
    public void Read_UnknownMembers_Kept()
    {
        var json = """{"address":"a@b.test","type":"OpenPGPKey-active","fingerprint":"00","private":false,"validation":"Fingerprint","future":{"x":1}}""";

        var written = JsonSerializer.Serialize(KeyDocuments.Read(json, KeyJson.Default.ActiveDocument)! with { SignUsed = true }, KeyJson.Default.ActiveDocument);

        Assert.Contains("\"future\":{\"x\":1}", written);
        Assert.Contains("\"sign_used\":true", written);
    }

    [Fact]
    public void Merge_SecretKeyRotatedOnBothSides_HoldsBothSubkeys_TheSameWayOnBothSides()
    {
        using var key = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now);
        using var here = key.WithRotatedEncryptionSubkey(null, Now.AddMinutes(1));
        using var there = key.WithRotatedEncryptionSubkey(null, Now.AddMinutes(2));
        string Json(OpenPgpSecretKey one, int minute) => JsonSerializer.Serialize(KeyDocument.From(one.Certificate, one.ExportArmor(), Now.AddMinutes(minute)), KeyJson.Default.KeyDocument);
        var resolver = new KeyConflictResolver();

        var merged = resolver.Merge(Json(here, 1), Json(there, 2));

        Assert.Equal(merged, resolver.Merge(Json(there, 2), Json(here, 1)));
        var document = KeyDocuments.Read(merged, KeyJson.Default.KeyDocument)!;
        Assert.True(document.Private);
        using var both = OpenPgpSecretKey.Parse(System.Text.Encoding.UTF8.GetBytes(document.KeyData));
        foreach (var (reader, at) in new[] { (key, 0), (here, 1), (there, 2) })
        {
            var mail = MessageSigner.EncryptAndSign("x"u8, [reader.Certificate], key, Now.AddMinutes(at));
            Assert.Equal("x"u8.ToArray(), Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(mail, [both], [key.Certificate], Now.AddMinutes(9))).Data.ToArray());
        }
    }

    [Fact]
    public void Merge_ActiveOfOneKey_AddsUpTheSameWayOnBothSides()
    {
        var (ours, theirs) = (Active("AA", ValidationLevel.WeakChain, encrypted: true), Active("AA", ValidationLevel.ProviderTrust, signed: true));

        var merged = BothWays(new ActiveConflictResolver(), ours, theirs);

        Assert.Contains("\"encr_used\":true", merged);
        Assert.Contains("\"sign_used\":true", merged);
        Assert.Contains("Provider_Trust", merged);
    }

    [Fact]
    public void Merge_ActiveOfTwoKeys_TheBetterKnownStays()
    {
        var (known, other) = (Active("AA", ValidationLevel.Fingerprint), Active("BB", ValidationLevel.WeakChain, encrypted: true, signed: true));

        Assert.Contains("\"AA\"", BothWays(new ActiveConflictResolver(), known, other));
    }

    [Fact]
    public void Merge_KeyRevokedOnOneSide_Revoked()
    {
        Assert.SkipUnless(Gpg.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "gpg is not installed");
        using var gpg = new Gpg(Now);
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        var good = Key(OpenPgpCertificate.Parse(gpg.Export(fingerprint)), Now.AddHours(1));
        gpg.Import(System.Text.Encoding.UTF8.GetBytes(gpg.ReadFile("openpgp-revocs.d", fingerprint + ".rev").Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal)));
        var revoked = Key(OpenPgpCertificate.Parse(gpg.Export(fingerprint)), Now);

        var merged = KeyDocuments.Read(BothWays(new KeyConflictResolver(), good, revoked), KeyJson.Default.KeyDocument)!;

        Assert.True(OpenPgpCertificate.Parse(merged.KeyData).IsRevoked);
        Assert.Equal(Now.AddHours(1).ToUnixTimeSeconds(), merged.RefreshedAt);
    }

    [Fact]
    public void Merge_NotAPair_LeftToTheStore()
    {
        using var one = OpenPgpSecretKey.Generate(EmailAddress.Parse("a@b.test"), Now);
        using var two = OpenPgpSecretKey.Generate(EmailAddress.Parse("a@b.test"), Now);

        Assert.Null(new KeyConflictResolver().Merge(Key(one.Certificate, Now), Key(two.Certificate, Now)));
        Assert.Null(new KeyConflictResolver().Merge("{}", Key(two.Certificate, Now)));
    }

    private static string BothWays(Bitmask.Soledad.IConflictResolver resolver, string ours, string theirs)
    {
        var merged = resolver.Merge(ours, theirs);
        Assert.Equal(merged, resolver.Merge(theirs, ours));
        return merged!;
    }

    private static string Key(OpenPgpCertificate certificate, DateTimeOffset refreshed)
        => JsonSerializer.Serialize(KeyDocument.From(certificate, null, refreshed), KeyJson.Default.KeyDocument);

    private static string Active(string fingerprint, ValidationLevel level, bool encrypted = false, bool signed = false) => JsonSerializer.Serialize(
        new ActiveDocument { Address = "a@b.test", Fingerprint = fingerprint, Private = false, Validation = level.Name(), EncrUsed = encrypted, SignUsed = signed },
        KeyJson.Default.ActiveDocument);
}
