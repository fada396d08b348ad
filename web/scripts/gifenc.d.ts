/** The part of gifenc that record.ts uses; the package has no types of its own. */
declare module "gifenc" {
  type Colour = number[];
  interface Frame {
    palette?: Colour[];
    delay?: number;
    dispose?: number;
    transparent?: boolean;
    transparentIndex?: number;
  }
  interface Encoder {
    writeFrame(indices: Uint8Array, width: number, height: number, frame: Frame): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  const gifenc: {
    GIFEncoder(): Encoder;
    quantize(rgba: Uint8Array, colours: number): Colour[];
    applyPalette(rgba: Uint8Array, palette: Colour[]): Uint8Array;
  };
  export default gifenc;
}
