export interface Item {
  id: number;
  stock: number;
}

export const total = (items: readonly Item[]): number => items.reduce((sum, item) => sum + item.stock, 0);
