/** Fourier transforms, O(n log n) for every n, in NumPy's conventions; cosine transforms and convolutions by them. */
export { fftConvolve } from './convolve.js'
export { dct, idct } from './cosine.js'
export { fftfreq, fftshift, ifftshift, rfftfreq } from './frequency.js'
export { fft2, fftn, ifft2, ifftn, irfft2, irfftn, rfft2, rfftn } from './many.js'
export { fft, hfft, ifft, ihfft, irfft, rfft } from './one.js'
