using System.Buffers.Binary;

namespace Bitmask.OpenPgp.Packets;

/// <summary>The checksum of armor (RFC 9580 §6.1), eight octets at a step: by single octets it would cost more than encrypting does.</summary>
internal struct Crc24()
{
    // The polynomial stands at the upper end of 32 bits, so that the register shifts as that of a longer checksum does.
    private const uint Generator = 0x864CFB00;
    private static readonly uint[][] Tables = MakeTables();

    private uint _register = 0xB704CE00;

    public readonly int Value => (int)(_register >> 8);

    public void Append(ReadOnlySpan<byte> octets)
    {
        var register = _register;
        var t = Tables;
        for (; octets.Length >= 8; octets = octets[8..])
        {
            var high = register ^ BinaryPrimitives.ReadUInt32BigEndian(octets);
            var low = BinaryPrimitives.ReadUInt32BigEndian(octets[4..]);
            register = t[7][high >> 24] ^ t[6][(high >> 16) & 0xFF] ^ t[5][(high >> 8) & 0xFF] ^ t[4][high & 0xFF]
                ^ t[3][low >> 24] ^ t[2][(low >> 16) & 0xFF] ^ t[1][(low >> 8) & 0xFF] ^ t[0][low & 0xFF];
        }

        foreach (var octet in octets)
        {
            register = (register << 8) ^ t[0][(register >> 24) ^ octet];
        }

        _register = register;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (var k = 0; k < tables.Length; k++)
        {
            tables[k] = new uint[256];
            for (var i = 0u; i < 256; i++)
            {
                tables[k][i] = k == 0 ? Shifted(i) : (tables[k - 1][i] << 8) ^ tables[0][tables[k - 1][i] >> 24];
            }
        }

        return tables;
    }

    private static uint Shifted(uint octet)
    {
        var register = octet << 24;
        for (var bit = 0; bit < 8; bit++)
        {
            register = (register & 0x80000000) != 0 ? (register << 1) ^ Generator : register << 1;
        }

        return register;
    }
}
