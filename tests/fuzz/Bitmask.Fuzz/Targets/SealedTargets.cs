using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>Documents, keys and records as a hostile provider or a damaged disk can hand them to a device.</summary>
internal static class SealedTargets
{
    private const string Rev = "4d5b1c7f1d2e4b0f9c0a111111111111:1";
    private static readonly UserId User = UserId.Parse(new string('a', 32));
    private static readonly DeviceId Device = DeviceId.Parse("0011223344556677");
    private static string Keyset { get; } = $$"""
        {"mode":"sealed","serial":3,"idKey":"{{Key('A')}}","digestKey":"{{Key('B')}}","epochs":[{"n":1,"key":"{{Key('C')}}","since":"2026-01-01T00:00:00+00:00"},
        {"n":2,"key":"{{Key('D')}}","since":"2026-02-01T00:00:00+00:00"}],"ownKeyFingerprint":"{{new string('A', 40)}}","caSha256":"{{new string('0', 64)}}","loginFloor":"login2"}
        """;

    private static readonly Lazy<Keyset> Keys = new(() => KeysetText.Read(Octets(Keyset)));
    private static readonly Lazy<SecretBytes> LeapSecret = new(() => new SecretBytes(Convert.FromHexString(Text("soledad/document_encryption.json", "remote_secret_hex"))));

    private static string Record { get; } = $$"""
        {"version":3,"uuid":"{{User.Value}}","serial":3,"slots":[{"id":"pw","type":"pw","profile":"a1","salt":"AAAAAAAAAAAAAAAAAAAAAA","nonce":"AAAAAAAAAAAAAAAA","ct":"{{Key('E')}}{{Key('F')}}"}],
        "nonce":"AAAAAAAAAAAAAAAA","body":"{{Key('G')}}"}
        """;

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("sealed-codec", "Bitmask.Soledad", SealedSeeds, Sealed),
        new("sealed-plaintext", "Bitmask.Soledad", PlaintextSeeds, Plaintext),
        new("leap-codec", "Bitmask.Soledad", LeapSeeds, Leap, 2),
        new("leap-secrets", "Bitmask.Soledad", () => [Octets(VectorText("soledad/secrets_v1.json", "secrets_file")), Octets(VectorText("soledad/secrets_v2.json", "secrets_file_as_written"))], LeapSecrets, 100),
        new("device-head", "Bitmask.Soledad", () => [Octets(new DeviceHead { Seen = { [Device.ToString()] = 7 }, Digest = new string('0', 64), Time = DateTimeOffset.UnixEpoch }.ToJson())], Heads),
        new("keyset", "Bitmask.Soledad", () => [Octets(Keyset)], KeysetJson),
        new("key-record", "Bitmask.Protocol", () => [Octets(Record)], KeyRecords),
        new("device-keys", "Bitmask.Soledad", () => [Octets(Record.Replace("\"version\":3", "\"version\":1", StringComparison.Ordinal).Replace("\"id\":\"pw\"", "\"id\":\"device-pw\"", StringComparison.Ordinal))], DeviceKeysFile, 4),
    ];

    private static IEnumerable<byte[]> SealedSeeds()
    {
        var codec = new SealedCodec(Keys.Value, User, Device);
        foreach (var document in new[] { new Document("D-1", Rev, "{\"type\":\"flags\",\"n\":1}"), new Document("D-1", Rev, null) })
        {
            var wire = codec.Encode(document, 7);
            yield return Octets(wire.WireId + wire.Content);
        }
    }

    /// <summary>32 octets of wire id, then the content.</summary>
    private static void Sealed(byte[] octets)
    {
        var text = Utf8(octets);
        var codec = new SealedCodec(Keys.Value, User, Device);
        var answer = codec.Decode(text.Length > 32 ? new WireDocument(text[..32], Rev, text[32..]) : new WireDocument(text, Rev, null));
        That(answer is not DecodeAnswer.PlainIncoming, "a sealed account takes no plain mail");
        That(answer is not DecodeAnswer.Put { Document: var put } || put is { Id: "D-1", Json: "{\"type\":\"flags\",\"n\":1}" }, "nothing that we did not write is authentic");
    }

    private static IEnumerable<byte[]> PlaintextSeeds() =>
    [
        new SealedPlaintext(new DocumentOrigin(Device, 7), "D-1", "{\"type\":\"flags\"}").Write(4096),
        new SealedPlaintext(new DocumentOrigin(Device, ulong.MaxValue), "D-0123456789abcdef0123456789abcdef", null).Write(4096),
    ];

    private static void Plaintext(byte[] octets)
    {
        if (SealedPlaintext.TryRead(octets, out var plaintext) is null)
        {
            That(SealedPlaintext.TryRead(plaintext.Write(1 << 20), out var again) is null && again == plaintext, "a document written and read is the same");
        }
    }

    private static IEnumerable<byte[]> LeapSeeds()
    {
        using var current = Vectors.Read("soledad/document_encryption.json");
        using var legacy = Vectors.Read("soledad/document_encryption_legacy.json");
        return
        [
            .. current.RootElement.GetProperty("decrypt_and_tamper").EnumerateArray().Select(v => Octets(v.GetProperty("wire_content").GetString() ?? "")).Take(8),
            .. legacy.RootElement.GetProperty("vectors").EnumerateArray().Select(v => Octets(v.GetProperty("content_json_as_emitted").GetString()!)).Take(4),
            Octets("""{"incoming": true, "errdecr": false, "_enc_scheme": "pubkey", "_enc_json": "-----BEGIN PGP MESSAGE-----"}"""),
        ];
    }

    private static void Leap(byte[] octets)
        => new LeapCodec(LeapSecret.Value, TimeProvider.System).Decode(new WireDocument("D-0123456789abcdef0123456789abcdef", Rev, Utf8(octets)));

    private static void LeapSecrets(byte[] octets)
    {
        try
        {
            LeapSecretsFile.Open(octets, "passphrase").Dispose();
        }
        catch (SoledadException)
        {
        }
    }

    private static void Heads(byte[] octets)
        => That(DeviceHead.Read(new Document(DeviceHead.DocumentIdOf(Device), Rev, Utf8(octets))) is not { } head || head.Seen.Values.All(static seq => seq >= 0), "a head counts changes");

    private static void KeysetJson(byte[] octets)
    {
        try
        {
            using var keyset = KeysetText.Read(octets);
            using var again = KeysetText.Read(KeysetText.Write(keyset));
            That(again.Serial == keyset.Serial && again.Epochs.Count == keyset.Epochs.Count, "a keyset written and read is the same");
        }
        catch (FormatException)
        {
        }
    }

    private static void KeyRecords(byte[] octets)
    {
        try
        {
            var record = KeyRecord.Parse(octets);
            KeyRecord.Parse(record.ToBytes());
            using var root = new SecretBytes(KeysetRecord.RootOctets);
            foreach (var slot in record.Slots)
            {
                KdfProfile.Find(slot.Profile);
                That(slot.SaltOctets().Length >= KdfProfile.SaltOctets, "a salt is long enough");
                That(slot.Open(root, User) is null, "no slot opens with a key that is not its own");
            }

            KeysetRecord.Open(record, User, root, knownSerial: 0).Dispose();
        }
        catch (Exception e) when (e is KeysProtocolException or SoledadException)
        {
        }
    }

    private static void DeviceKeysFile(byte[] octets)
    {
        var path = Path.Combine(Folder.Value, "device.keys");
        File.WriteAllBytes(path, octets);
        try
        {
            That(DeviceKeys.Load(path).User == User || octets.Length > 0, "it loads");
        }
        catch (SoledadException)
        {
        }
    }

    private static Lazy<string> Folder { get; } = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-fuzz-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    });

    /// <summary>43 characters: 32 octets in base64url.</summary>
    private static string Key(char c) => new string(c, 42) + "A";

    private static string Text(string file, string member)
    {
        using var vectors = Vectors.Read(file);
        return vectors.RootElement.GetProperty(member).GetString()!;
    }

    private static string VectorText(string file, string member)
    {
        using var vectors = Vectors.Read(file);
        var value = vectors.RootElement.GetProperty("vectors")[0].GetProperty(member);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }
}
