using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>One device of the account, as it has told about itself.</summary>
/// <param name="Id">The device.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Created">The day it was added, UTC.</param>
/// <param name="Seen">The last day it was unlocked, UTC.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key (SubjectPublicKeyInfo), hex.</param>
public sealed record RegisteredDevice(DeviceId Id, string Name, DateOnly Created, DateOnly Seen, string KeyFingerprint);

/// <summary>
/// The account's devices: sealed documents <c>device-ID</c> of type <c>device</c> (security.md B2), which no provider can add to. Each device writes its own;
/// a device that is removed loses its document last, so that a removal that was interrupted can be seen and repeated.
/// </summary>
public static class DeviceRegistry
{
    /// <summary>Type of the documents.</summary>
    public const string DocumentType = "device";

    /// <summary>Longest name, in characters.</summary>
    public const int MaxName = 64;

    private const string MetSetting = "devices.met";

    /// <summary>Id of a device's document.</summary>
    public static string DocumentIdOf(DeviceId device) => "device-" + device;

    /// <summary>All devices, oldest first.</summary>
    public static IReadOnlyList<RegisteredDevice> List(StoreReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return [.. reader.GetByType(DocumentType).Select(Read).OfType<RegisteredDevice>().OrderBy(device => device.Created).ThenBy(device => device.Id.Value)];
    }

    /// <summary>Finds a device by its id, or by its name when only one has it.</summary>
    public static RegisteredDevice? Find(StoreReader reader, string idOrName)
    {
        var all = List(reader);
        return all.FirstOrDefault(device => device.Id.ToString() == idOrName)
            ?? (all.Where(device => device.Name == idOrName).ToList() is [var only] ? only : null);
    }

    /// <summary>
    /// Whether an entry stands for the same key as another: a former name of that device (security.md A7, B5), or a copy of it. The provider refuses keys,
    /// not names, so one of them can not be shut out without the other.
    /// </summary>
    public static bool ShareKey(StoreReader reader, DeviceId one, DeviceId other)
    {
        var keys = List(reader).Where(device => device.Id == one || device.Id == other).Select(static device => device.KeyFingerprint).ToList();
        return keys is [var first, var second] && first == second;
    }

    /// <summary>Writes this device's own document when it is missing, or when a day has passed since.</summary>
    /// <param name="transaction">Where.</param>
    /// <param name="device">This device.</param>
    /// <param name="name">Its name when it has none yet.</param>
    /// <param name="subjectPublicKeyInfo">Its public key.</param>
    /// <param name="today">Today, UTC.</param>
    public static void EnsureOwn(StoreTransaction transaction, DeviceId device, string name, ReadOnlySpan<byte> subjectPublicKeyInfo, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(subjectPublicKeyInfo));
        Meet(transaction, device);
        var current = transaction.Get(DocumentIdOf(device));
        var known = current is { Json: not null } ? Read(current) : null;
        if (known is null || known.Seen < today || known.KeyFingerprint != fingerprint)
        {
            var next = new RegisteredDevice(device, known?.Name ?? Fit(name), known?.Created ?? today, known is null || known.Seen < today ? today : known.Seen, fingerprint);
            transaction.Put(DocumentIdOf(device), current?.Rev, Write(next));
        }
    }

    /// <summary>Gives a device another name.</summary>
    public static void Rename(StoreTransaction transaction, RegisteredDevice device, string name)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(device);
        transaction.Put(DocumentIdOf(device.Id), transaction.Get(DocumentIdOf(device.Id))?.Rev, Write(device with { Name = Fit(name) }));
    }

    /// <summary>Takes a device off the list; the last step of its removal.</summary>
    public static void Delete(StoreTransaction transaction, DeviceId device)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        foreach (var id in (string[])[DeviceHead.DocumentIdOf(device), DocumentIdOf(device)])
        {
            if (transaction.Get(id) is { Json: not null } document)
            {
                transaction.Delete(document.Id, document.Rev);
            }
        }
    }

    /// <summary>Whether the owner of this device has been told of that one.</summary>
    public static bool IsMet(StoreReader reader, DeviceId device)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return Met(reader).Contains(device.ToString());
    }

    /// <summary>Notes that a device was seen. True when it never was before: then the owner is told (event <c>new-device</c>).</summary>
    public static bool Meet(StoreTransaction transaction, DeviceId device)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var met = Met(transaction);
        if (!met.Add(device.ToString()))
        {
            return false;
        }

        transaction.SetSetting(MetSetting, string.Join(' ', met));
        return true;
    }

    private static HashSet<string> Met(StoreReader reader)
        => [.. (reader.GetSetting(MetSetting) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static string Fit(string name)
    {
        var clean = string.Concat(name.Where(c => !char.IsControl(c))).Trim();
        return clean.Length == 0 ? "device" : clean[..Math.Min(clean.Length, MaxName)];
    }

    private static RegisteredDevice? Read(Document document)
    {
        try
        {
            return document.Json is { } text && JsonSerializer.Deserialize(text, DeviceJsonContext.Default.DeviceJson) is { Name: not null, Created: not null, Seen: not null, Key: not null } json
                && document.Id.StartsWith("device-", StringComparison.Ordinal)
                && DateOnly.TryParseExact(json.Created, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var created)
                && DateOnly.TryParseExact(json.Seen, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var seen)
                ? new RegisteredDevice(DeviceId.Parse(document.Id["device-".Length..]), Fit(json.Name), created, seen, json.Key)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null; // of a later program; its own device knows what to do with it
        }
    }

    private static string Write(RegisteredDevice device) => JsonSerializer.Serialize(
        new DeviceJson
        {
            Type = DocumentType,
            V = 1,
            Name = device.Name,
            Created = device.Created.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Seen = device.Seen.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Key = device.KeyFingerprint,
        },
        DeviceJsonContext.Default.DeviceJson);
}

internal sealed class DeviceJson
{
    public string? Type { get; set; }

    public int V { get; set; }

    public string? Name { get; set; }

    public string? Created { get; set; }

    public string? Seen { get; set; }

    public string? Key { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeviceJson))]
internal sealed partial class DeviceJsonContext : JsonSerializerContext;
