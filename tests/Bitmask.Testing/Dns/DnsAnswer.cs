using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Bitmask.Testing.Dns;

/// <summary>Builds the answer to one query of class IN, type A or MX, without compression (RFC 1035 §4.1).</summary>
public static class DnsAnswer
{
    private const ushort TypeA = 1;
    private const ushort TypeMx = 15;
    private const int ServerFailure = 2;
    private const int NameError = 3;

    /// <summary>The octets to send back, or null for what is no query.</summary>
    public static byte[]? For(ReadOnlySpan<byte> query, DnsZone zone)
    {
        if (query.Length < 17 || (query[2] & 0x80) != 0 || !TryReadName(query[12..], out var name, out var length) || query.Length < 12 + length + 4)
        {
            return null;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(query[(12 + length)..]);
        var question = query.Slice(12, length + 4);
        lock (zone)
        {
            if (zone.Failing.Contains(name))
            {
                return Message(query, question, ServerFailure, []);
            }

            var records = new List<byte[]>();
            if (type == TypeA && zone.Addresses.TryGetValue(name, out var address))
            {
                records.Add(IPAddress.Parse(address).GetAddressBytes());
            }

            if (type == TypeMx && zone.MailExchangers.TryGetValue(name, out var exchangers))
            {
                records.AddRange(exchangers.Select((host, index) => (byte[])[0, (byte)((index + 1) * 10), .. WriteName(host)]));
            }

            var known = zone.Addresses.ContainsKey(name) || zone.MailExchangers.ContainsKey(name);
            return Message(query, question, known ? 0 : NameError, [.. records.Select(data => Record(name, type, data))]);
        }
    }

    private static byte[] Message(ReadOnlySpan<byte> query, ReadOnlySpan<byte> question, int code, IReadOnlyList<byte[]> records)
    {
        var header = new byte[12];
        query[..2].CopyTo(header);
        header[2] = (byte)(0x84 | (query[2] & 1)); // an authoritative response, recursion desired as asked
        header[3] = (byte)(0x80 | code);
        header[5] = 1;
        header[7] = (byte)records.Count;
        return [.. header, .. question.ToArray(), .. records.SelectMany(record => record)];
    }

    private static byte[] Record(string name, ushort type, byte[] data)
    {
        var fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, type);
        fixedPart[3] = 1; // class IN; the TTL stays zero, so that a script may change its mind
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)data.Length);
        return [.. WriteName(name), .. fixedPart, .. data];
    }

    private static byte[] WriteName(string name)
        => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static bool TryReadName(ReadOnlySpan<byte> bytes, out string name, out int length)
    {
        var labels = new List<string>();
        (name, length) = ("", 0);
        while (length < bytes.Length)
        {
            var size = bytes[length++];
            if (size == 0)
            {
                name = string.Join('.', labels);
                return true;
            }

            if (size > 63 || length + size > bytes.Length)
            {
                return false;
            }

            labels.Add(Encoding.ASCII.GetString(bytes.Slice(length, size)));
            length += size;
        }

        return false;
    }
}
